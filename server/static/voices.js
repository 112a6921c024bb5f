// The voices of a model: a list to search, filter and listen to.

import { baseLanguage, byId, clearInvalid, fillSelect, languageChoices, languageName } from "./fields.js";

const PAGE = 40;

export class Voices {
  /** `listen(voice, button)` plays a sample; `chosen()` is called when another voice is selected. */
  constructor(listen, chosen) {
    this.listen = listen;
    this.chosen = chosen;
    this.model = null;
    this.all = [];
    this.shown = PAGE;
    this.field = byId("voice");
    for (const id of ["voice-search", "voice-language", "voice-gender"]) {
      byId(id).addEventListener("input", () => this.filter());
      // Enter in a filter isn't a request to speak.
      byId(id).addEventListener("keydown", (event) => event.key === "Enter" && !event.ctrlKey && event.preventDefault());
    }
    byId("more-voices").addEventListener("click", () => this.showMore());
    this.field.addEventListener("input", () => {
      clearInvalid(this.field.parentElement);
      this.markSelected();
      this.chosen();
    });
  }

  get selected() {
    return this.field.value.trim();
  }

  /** The language of the selected voice, "" if it is unknown. */
  get language() {
    return this.all.find(({ name }) => name === this.base)?.languages[0] ?? "";
  }

  /** The selected voice without its variant, which is a sound that combines with any voice of the engine. */
  get base() {
    return this.hasVariants ? this.selected.split("+")[0] : this.selected;
  }

  get hasVariants() {
    return this.all.some(({ kind }) => kind === "variant");
  }

  setVoices(model, voices) {
    this.model = model;
    this.all = voices;
    const isKnown = voices.some(({ name }) => name === this.base);
    if (!isKnown) this.field.value = voices.some(({ name }) => name === model.default_voice) ? model.default_voice : "";
    const languages = languageChoices(voices.flatMap((voice) => voice.languages.map(baseLanguage)));
    fillSelect(byId("voice-language"), [["", "All languages"], ...languages]);
    const genders = [...new Set(voices.map(({ gender }) => gender).filter(Boolean))].sort();
    const named = genders.map((gender) => [gender, gender[0].toUpperCase() + gender.slice(1)]);
    fillSelect(byId("voice-gender"), [["", "All genders"], ...named]);
    byId("voice-gender").disabled = genders.length < 2;
    const twoVoices = voices.filter(({ kind }) => kind === "voice").slice(0, 2);
    const mix = model.capabilities?.includes("mix") && twoVoices.length === 2;
    byId("voice-help").textContent = mix
      ? `A name, or a mix such as ${twoVoices[0].name}(2)+${twoVoices[1].name}.`
      : "A name of the list. Empty: the model's default voice.";
    this.filter();
    const chosen = byId("voice-list").querySelector(":checked")?.closest("li");
    if (chosen) byId("voice-list").scrollTop = chosen.offsetTop - 2 * chosen.offsetHeight;
  }

  filter() {
    const wanted = byId("voice-search").value.trim().toLowerCase();
    const language = byId("voice-language").value;
    const gender = byId("voice-gender").value;
    const inLanguage = (voice) => !language || voice.languages.some((tag) => baseLanguage(tag) === language);
    const base = this.baseFor(inLanguage);
    const rows = this.all.flatMap((voice) => {
      if (voice.kind !== "variant") return inLanguage(voice) ? [{ ...voice, value: voice.name }] : [];
      // "+Alicia" is a sound of any voice: shown for the one that it would be added to.
      return base ? [{ ...voice, value: base.name + voice.name, of: base.title || base.name }] : [];
    });
    this.found = rows.filter((row) => {
      const text = `${row.value} ${row.title} ${row.languages.map(languageName).join(" ")}`.toLowerCase();
      return (!gender || row.gender === gender) && wanted.split(/\s+/).every((word) => text.includes(word));
    });
    this.shown = PAGE;
    byId("voice-list").scrollTop = 0;
    this.draw();
  }

  /** Returns the voice that variants are shown for: the selected one if it passes the filter, else the first one. */
  baseFor(inLanguage) {
    const voices = this.all.filter((voice) => voice.kind !== "variant" && inLanguage(voice));
    return voices.find(({ name }) => name === this.base) ?? voices.find(({ name }) => name === this.model.default_voice) ?? voices[0];
  }

  draw() {
    const { found } = this;
    byId("voice-count").textContent = found.length === 1 ? "1 voice" : `${found.length} voices`;
    const rows = found.slice(0, this.shown).map((voice) => this.row(voice));
    byId("voice-list").replaceChildren(...(rows.length ? rows : [nothingFound()]));
    byId("more-voices").hidden = found.length <= this.shown;
    this.markSelected();
  }

  showMore() {
    const first = this.shown;
    this.shown += PAGE;
    this.draw();
    byId("voice-list").querySelectorAll("input")[first]?.focus();
  }

  row(voice) {
    const row = document.createElement("li");
    const label = document.createElement("label");
    const radio = Object.assign(document.createElement("input"), { type: "radio", name: "voices", value: voice.value });
    radio.addEventListener("change", () => {
      this.field.value = voice.value;
      clearInvalid(this.field.parentElement);
      this.markSelected();
      this.chosen();
    });
    const title = Object.assign(document.createElement("strong"), { textContent: voice.title || voice.name });
    const facts = [voice.of ?? voice.languages.map(languageName).join(", "), voice.gender, voice.kind === "recording" ? "recording" : ""];
    // A title that is the language's name would be repeated.
    const shown = facts.filter((fact) => fact && fact !== title.textContent);
    const detail = Object.assign(document.createElement("small"), { textContent: shown.join(" · ") });
    const text = document.createElement("span");
    text.append(title, detail);
    label.append(radio, text);
    const button = Object.assign(document.createElement("button"), { type: "button", className: "listen" });
    button.ariaLabel = `Listen to ${title.textContent}`;
    button.addEventListener("click", () => this.listen(voice, button));
    row.append(label, button);
    return row;
  }

  /** Checks the selected voice's row. Only its play button is in the tab order: 200 stops help nobody. */
  markSelected() {
    const rows = [...byId("voice-list").querySelectorAll("li")];
    const radios = rows.map((row) => row.querySelector("input"));
    const chosen = radios.findIndex((radio) => radio?.value === this.selected);
    rows.forEach((row, number) => {
      const radio = radios[number];
      if (!radio) return;
      radio.checked = number === chosen;
      row.querySelector("button").tabIndex = number === Math.max(chosen, 0) ? 0 : -1;
    });
  }
}

function nothingFound() {
  return Object.assign(document.createElement("li"), { className: "quiet", textContent: "No voice matches. Clear a filter." });
}
