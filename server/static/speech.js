// Speaks the text: streams it into the player, and saves it as a file.

import { send } from "./api.js";
import { byId, clearInvalid, markInvalid, save, showError, showStatus } from "./fields.js";
import { PcmSound } from "./player/pcm-sound.mjs";
import { readPcm } from "./player/pcm-reader.mjs";
import { Player } from "./player/player.mjs";
import { sampleFor } from "./samples.js";

const FIELDS = { input: "text", model: "model", voice: "voice", language: "language", speed: "speed", response_format: "format" };
const AHEAD_S = 60;
const MAX_SAMPLES = 3600 * 48000;
const SILENCE_TIMEOUT_MS = 3000;
const NO_SOUND = "The browser plays no sound. Check its audio output and its permission to play sound.";
const WAVE = { bar: 3, gap: 2, minSeconds: 4, icons: { play: "", pause: "" } };

export class Speech {
  constructor(voices) {
    this.voices = voices;
    this.player = new Player(WAVE);
    byId("speech-player").append(this.player.element);
    const draw = this.player.changed;
    this.player.changed = () => {
      draw();
      this.showProgress();
    };
    this.request = null; // the AbortController of the current request
    this.startedMs = 0;
  }

  get isActive() {
    return Boolean(this.request) || this.player.playing;
  }

  /** The fields of a request for the text, or null, with the empty field marked. */
  body() {
    const form = byId("speak");
    clearInvalid(form);
    const input = byId("text").value;
    if (!input.trim()) {
      markInvalid("text", "Write a text to speak.");
      return null;
    }
    return {
      input,
      model: byId("model").value,
      voice: this.voices.selected,
      speed: Number(byId("speed").value),
      ...(byId("language").value && { language: byId("language").value }),
    };
  }

  async speak() {
    this.stop();
    const body = this.body();
    if (!body) return showStatus("speak-status", "");
    await this.stream(body);
  }

  /** Plays a request's audio while it arrives. */
  async stream(body) {
    const controller = (this.request = new AbortController());
    const { signal } = controller;
    this.startedMs = performance.timeOrigin + performance.now();
    for (const id of ["first-sound", "length", "pace"]) byId(id).textContent = "–";
    this.player.replace(null);
    this.setActive(true);
    showStatus("speak-status", "Synthesizing …");
    try {
      const response = await send("v1/audio/speech-stream", { json: body, signal });
      const sound = new PcmSound(Number(response.headers.get("X-Sample-Rate")), this.player.wave, this.player.changed);
      this.player.replace(sound);
      this.player.play();
      this.watch(sound);
      let receivedMs = 0;
      await readPcm(response.body, async (samples) => {
        if (signal.aborted) throw signal.reason;
        if (sound.samples + samples.length > MAX_SAMPLES) {
          throw new Error("this player holds an hour of speech; download the file instead.");
        }
        if (!sound.samples) showStatus("speak-status", "Playing.");
        sound.add(samples);
        receivedMs = performance.timeOrigin + performance.now();
        this.showPace(sound, receivedMs);
        // Until there is room, the server holds the rest of a long text. While paused, it would disconnect.
        while (sound.playing && sound.isRunning && sound.duration - sound.position > AHEAD_S && !signal.aborted) {
          await new Promise((done) => setTimeout(done, 250));
        }
      });
      sound.complete();
      if (!sound.samples) this.finish("There is nothing to hear in this text.");
    } catch (error) {
      if (signal.aborted) return;
      const wasPlaying = Boolean(this.player.sound?.samples);
      this.stop();
      if (wasPlaying) showStatus("speak-status", `The speech was interrupted: ${error.message}`, true);
      else showError(error, FIELDS, "speak-status");
    } finally {
      if (this.request === controller) this.request = null;
    }
  }

  watch(sound) {
    setTimeout(() => {
      if (this.player.sound === sound && sound.wanted && !sound.isRunning) showStatus("speak-status", NO_SOUND, true);
    }, SILENCE_TIMEOUT_MS);
  }

  showPace(sound, nowMs) {
    const factor = sound.duration / ((nowMs - this.startedMs) / 1000);
    byId("pace").textContent = `${factor < 10 ? factor.toFixed(1) : Math.round(factor)}×`;
  }

  showProgress() {
    const { sound } = this.player;
    if (!(sound instanceof PcmSound)) return;
    byId("length").textContent = `${sound.duration.toFixed(1)} s`;
    const firstMs = Math.round(sound.firstHeardMs - this.startedMs);
    // Later starts, after a seek or a pause, aren't the first sound.
    if (sound.firstHeardMs && byId("first-sound").textContent === "–") byId("first-sound").textContent = `${Math.max(firstMs, 0)} ms`;
    if (sound.ended && sound.wanted) this.finish("Played to the end.");
  }

  finish(text) {
    this.player.sound.wanted = false;
    this.player.show();
    this.setActive(false);
    showStatus("speak-status", text);
  }

  /** Stops synthesis and playback. What has arrived can still be played. */
  stop() {
    this.request?.abort();
    this.request = null;
    if (this.player.playing) {
      this.player.pause();
      this.player.sound.complete?.();
    }
    this.setActive(false);
    showStatus("speak-status", "");
  }

  // The buttons are never disabled: keyboard focus would be lost.
  setActive(isActive) {
    byId("stop").setAttribute("aria-disabled", String(!isActive));
    if (!isActive) document.querySelector(".listen[data-playing]")?.removeAttribute("data-playing");
  }

  /** Speaks a sentence in a voice. Again: stops it. */
  async listen(voice, button) {
    const isPlaying = button.dataset.playing;
    this.stop();
    if (isPlaying) return;
    clearInvalid(byId("speak"));
    button.dataset.playing = "true";
    const language = voice.languages[0] ?? this.voices.all.find(({ name }) => voice.value.startsWith(`${name}+`))?.languages[0] ?? "en";
    const speed = Number(byId("speed").value);
    await this.stream({ input: sampleFor(language), model: byId("model").value, voice: voice.value, speed });
  }

  /** Saves the whole text's speech in the chosen format. The server has kept what was spoken. */
  async download(button) {
    const body = this.body();
    if (!body || button.ariaBusy === "true") return;
    const format = byId("format").value;
    button.ariaBusy = "true";
    showStatus("speak-status", `Making the ${format} file …`);
    try {
      const response = await send("v1/audio/speech", { json: { ...body, response_format: format } });
      save(await response.blob(), `speech.${format}`);
      showStatus("speak-status", `Saved as speech.${format}.`);
    } catch (error) {
      showError(error, FIELDS, "speak-status");
    } finally {
      button.ariaBusy = "false";
    }
  }
}
