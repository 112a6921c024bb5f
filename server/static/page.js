// The page: loads what the server offers, and connects the fields.

import { get, onUnauthorized, setToken } from "./api.js";
import { byId, clearInvalid, fillSelect, languageChoices, showStatus } from "./fields.js";
import { Speech } from "./speech.js";
import { megabytes, Transcribe } from "./transcribe.js";
import { Voices } from "./voices.js";

const voices = new Voices((voice, button) => speech.listen(voice, button), () => {});
const speech = new Speech(voices);
const transcribe = new Transcribe();

let models = [];
let limits = null;

async function load() {
  try {
    [limits, { data: models }] = await Promise.all([get("limits"), get("v1/models")]);
  } catch (error) {
    if (error.status !== 401) showStatus("speak-status", error.message, true);
    return;
  }
  byId("access").hidden = true;
  // An alias is another name of a model that is listed too.
  const own = models.filter((model) => !model.alias_of);
  fillModels("model", own.filter(({ task }) => task === "speech"));
  transcribe.models = own.filter(({ task }) => task === "recognition");
  transcribe.limits = limits;
  fillModels("recognizer", transcribe.models);
  fillSelect(byId("format"), limits.speech_formats.map((format) => [format, format.toUpperCase()]));
  byId("upload-limit").textContent = `Maximum ${megabytes(limits.max_upload_bytes)}, ${duration(limits.max_audio_s)}.`;
  countText();
  setRecognizer();
  await setModel();
}

function fillModels(id, choices) {
  // The name of an engine with one model is enough.
  const siblings = (name) => choices.filter((other) => other.id.startsWith(`${name.split("/")[0]}/`));
  const listed = choices.filter(({ id: name }) => !name.includes("/") || siblings(name).length > 1);
  fillSelect(byId(id), listed.map(({ id: name, title }) => [name, [title, name.split("/")[1]].filter(Boolean).join(" · ")]));
}

function duration(seconds) {
  return seconds >= 7200 ? `${Math.round(seconds / 3600)} hours` : `${Math.round(seconds / 60)} minutes`;
}

async function setModel() {
  const model = models.find(({ id }) => id === byId("model").value);
  if (!model) return showStatus("speak-status", "No speech engine is ready on this server.", true);
  const speed = byId("speed");
  // The steps of a slider begin at its minimum, and 1 must be one of them.
  const step = Number(speed.step);
  speed.min = Math.ceil(model.min_speed / step) * step;
  speed.max = Math.floor(model.max_speed / step) * step;
  speed.disabled = model.min_speed === model.max_speed;
  if (speed.disabled) speed.value = "1";
  const range = speed.disabled ? ["This model has one speed."] : [speed.min, speed.max].map(factor);
  byId("speed-range").replaceChildren(...range.map((text) => Object.assign(document.createElement("span"), { textContent: text })));
  showSpeed();
  const choices = languageChoices(model.languages);
  fillSelect(byId("language"), [["", "As the voice"], ...(choices.length > 1 ? [["auto", "Of each sentence"], ...choices] : [])]);
  try {
    const listed = await get(`v1/audio/voices?${new URLSearchParams({ model: model.id })}`);
    voices.setVoices(model, listed.voices);
    showStatus("speak-status", "");
  } catch (error) {
    showStatus("speak-status", error.message, true);
  }
}

function setRecognizer() {
  const model = models.find(({ id }) => id === byId("recognizer").value);
  for (const id of ["record", "file", "recognizer", "spoken-language"]) byId(id).disabled = !model;
  byId("drop").classList.toggle("off", !model);
  if (!model) return showStatus("transcribe-status", "No speech recognition engine is ready on this server.");
  fillSelect(byId("spoken-language"), [["", "Detect"], ...languageChoices(model.languages)]);
  return showStatus("transcribe-status", "");
}

function factor(value) {
  return `${Number(Number(value).toFixed(2))}×`;
}

function showSpeed() {
  byId("speed-value").textContent = factor(byId("speed").value);
}

function countText() {
  const count = byId("text").value.length;
  byId("text-count").textContent = limits
    ? `${count.toLocaleString("en")} of ${limits.max_text_chars.toLocaleString("en")} characters`
    : `${count.toLocaleString("en")} characters`;
  byId("text-count").classList.toggle("problem", Boolean(limits) && count > limits.max_text_chars);
}

onUnauthorized(() => {
  byId("access").hidden = false;
  byId("token").focus();
});

byId("access").addEventListener("submit", async (event) => {
  event.preventDefault();
  clearInvalid(byId("access"));
  setToken(byId("token").value);
  await load();
  if (byId("access").hidden) return byId("text").focus();
  byId("token-error").textContent = "The server refuses this token.";
  byId("token").setAttribute("aria-invalid", "true");
  byId("token").focus();
});
byId("speak").addEventListener("submit", (event) => {
  event.preventDefault();
  speech.speak();
});
byId("stop").addEventListener("click", () => speech.stop());
byId("download").addEventListener("click", () => speech.download(byId("download")));
byId("clear").addEventListener("click", () => {
  byId("text").value = "";
  countText();
  byId("text").focus();
});
byId("text").addEventListener("input", () => {
  countText();
  clearInvalid(byId("text").parentElement);
});
byId("model").addEventListener("change", setModel);
byId("speed").addEventListener("input", showSpeed);
byId("recognizer").addEventListener("change", setRecognizer);
byId("record").addEventListener("click", () => transcribe.toggleMicrophone());
byId("cancel").addEventListener("click", () => transcribe.cancel());
byId("copy").addEventListener("click", () => transcribe.copy());
for (const button of document.querySelectorAll("[data-save]")) {
  button.addEventListener("click", () => transcribe.save(button.dataset.save));
}
byId("file").addEventListener("change", () => {
  if (byId("file").files.length) transcribe.file(byId("file").files[0]);
  byId("file").value = ""; // the same file can be chosen again
});
for (const kind of ["dragover", "dragleave", "drop"]) {
  byId("drop").addEventListener(kind, (event) => {
    event.preventDefault();
    byId("drop").classList.toggle("over", kind === "dragover");
    const file = kind === "drop" && event.dataTransfer.files[0];
    if (file && !byId("file").disabled) transcribe.file(file);
  });
}
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    speech.stop();
    transcribe.player.pause();
  } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    speech.speak();
  }
});
load();
