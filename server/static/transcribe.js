// Transcribes a recording or the microphone.

import { events, send } from "./api.js";
import { textOf, transcriptFile } from "./captions.js";
import { byId, clearInvalid, markInvalid, save, showError, showStatus } from "./fields.js";
import { Microphone } from "./microphone.js";
import { FileSound } from "./player/file-sound.mjs";
import { PcmSound } from "./player/pcm-sound.mjs";
import { formatTime, Player } from "./player/player.mjs";
import { Transcript } from "./transcript.js";

const FIELDS = { file: "file", model: "recognizer", language: "spoken-language" };
const WAVE_HZ = 8000;
const MAX_WAVE_BYTES = 64 << 20; // larger files have no waveform
const MAX_WAVE_S = 3600;

export class Transcribe {
  constructor() {
    this.player = new Player({ bar: 3, gap: 2, minSeconds: 4, icons: { play: "", pause: "" } });
    byId("recording-player").append(this.player.element);
    this.transcript = new Transcript(byId("transcript"), (seconds) => this.player.seek(seconds));
    const draw = this.player.changed;
    this.player.changed = () => {
      draw();
      this.showPlayback();
    };
    this.microphone = null;
    this.request = null;
    this.models = [];
    this.limits = null;
    this.name = "transcript";
    this.setReady();
  }

  get settings() {
    return { model: byId("recognizer").value, language: byId("spoken-language").value };
  }

  showPlayback() {
    const { sound } = this.player;
    this.transcript.highlight(sound && (sound.playing || sound.position) ? sound.position : -1);
    if (sound?.failed) showStatus("transcribe-status", "This browser can't play the file.");
  }

  /** Empties transcript and player for a new recording. */
  begin(name) {
    this.request?.abort();
    this.request = null;
    clearInvalid(byId("transcribe"));
    this.transcript.clear();
    this.player.replace(null);
    if (this.url) URL.revokeObjectURL(this.url);
    this.url = null;
    this.name = name.replace(/\.[^.]*$/, "") || "transcript";
    byId("recording-name").textContent = name;
    this.setReady();
  }

  setReady() {
    const isReady = this.transcript.segments.length > 0;
    for (const button of [byId("copy"), ...document.querySelectorAll("[data-save]")]) button.disabled = !isReady;
  }

  // Files

  async file(file) {
    if (this.microphone) return;
    this.begin(file.name);
    const limit = this.limits?.max_upload_bytes;
    if (limit && file.size > limit) {
      markInvalid("file", `“${file.name}” has ${megabytes(file.size)}; maximum ${megabytes(limit)}.`);
      return showStatus("transcribe-status", "");
    }
    this.url = URL.createObjectURL(file);
    const sound = new FileSound([this.url], this.player.changed);
    this.player.replace(sound);
    this.drawWave(file, sound);
    const controller = (this.request = new AbortController());
    byId("cancel").hidden = false;
    showStatus("transcribe-status", "Sending the file …");
    try {
      await this.recognize(file, sound, controller.signal);
      showStatus("transcribe-status", this.transcript.segments.length ? "Complete." : "No speech was found.");
    } catch (error) {
      if (!controller.signal.aborted) showError(error, FIELDS, "transcribe-status");
    } finally {
      if (this.request === controller) {
        this.request = null;
        byId("cancel").hidden = true;
      }
    }
  }

  async recognize(file, sound, signal) {
    const { model, language } = this.settings;
    const hasWords = this.models.find(({ id }) => id === model)?.capabilities?.includes("word_timings");
    const form = new FormData();
    // Its fields before the file: the server can refuse them before it has read a large one.
    for (const [name, value] of Object.entries({ model, language, response_format: "verbose_json", stream: "true" })) {
      if (value) form.append(name, value);
    }
    for (const kind of hasWords ? ["word", "segment"] : ["segment"]) form.append("timestamp_granularities[]", kind);
    form.append("file", file);
    const response = await send("v1/audio/transcriptions", { method: "POST", body: form, signal });
    showStatus("transcribe-status", "Recognizing …");
    for await (const event of events(response)) {
      if (event.type === "error") throw Object.assign(new Error(event.error.message), { param: event.error.param });
      if (event.type === "transcript.text.segment") {
        this.add(event);
        if (sound.duration) showStatus("transcribe-status", `Recognized ${formatTime(event.end)} of ${formatTime(sound.duration)}.`);
      }
      if (event.type === "transcript.text.done" && event.words) this.addWords(event);
    }
  }

  /** Shows the complete transcript again with the times of its words. A screen reader has announced it already. */
  addWords({ segments, words }) {
    const element = byId("transcript");
    element.ariaLive = "off";
    const top = element.scrollTop;
    this.transcript.clear();
    let next = 0;
    for (const segment of segments) {
      const from = next;
      while (next < words.length && (words[next].start + words[next].end) / 2 <= segment.end) next++;
      this.add({ ...segment, words: words.slice(from, next) });
    }
    element.scrollTop = top;
    setTimeout(() => (element.ariaLive = null), 1000);
  }

  add(segment) {
    this.transcript.add({ ...segment, text: segment.text.trim() });
    this.setReady();
  }

  async drawWave(file, sound) {
    if (file.size > MAX_WAVE_BYTES) return;
    try {
      // At a low rate, since a waveform needs no more and an hour would fill the memory.
      const decoded = await new OfflineAudioContext(1, 1, WAVE_HZ).decodeAudioData(await file.arrayBuffer());
      if (this.player.sound !== sound || decoded.duration > MAX_WAVE_S) return;
      const samples = Int16Array.from(decoded.getChannelData(0), (sample) => Math.max(-1, Math.min(1, sample)) * 32767);
      this.player.wave.add(samples, WAVE_HZ);
      this.player.show();
    } catch {
      // Without a waveform: the audio element says whether it can be played.
    }
  }

  cancel() {
    this.request?.abort();
    this.request = null;
    byId("cancel").hidden = true;
    showStatus("transcribe-status", "Stopped.");
  }

  // Microphone

  async toggleMicrophone() {
    if (this.microphone?.finished) return;
    if (this.microphone) {
      showStatus("transcribe-status", "Recognizing the last words …");
      return this.microphone.finish();
    }
    this.begin("Microphone recording");
    byId("cancel").hidden = true;
    this.setRecording(true);
    showStatus("transcribe-status", "Starting …");
    let sound = null;
    this.microphone = new Microphone({
      onMessage: (message) => this.receive(message),
      onSamples: (samples, sampleRate) => {
        if (!sound) this.player.replace((sound = new PcmSound(sampleRate, this.player.wave, this.player.changed)));
        sound.add(samples);
      },
      onEnd: (problem) => {
        this.microphone = null;
        sound?.complete();
        this.transcript.showPartial("");
        this.setRecording(false);
        showStatus("transcribe-status", problem || (this.transcript.segments.length ? "Complete." : "No speech was found."), Boolean(problem));
      },
    });
    try {
      await this.microphone.open(this.settings);
    } catch (error) {
      this.microphone?.end(`The microphone can't be used: ${error.message}`);
    }
  }

  receive(message) {
    if (message.type === "ready") showStatus("transcribe-status", "Listening.");
    if (message.type === "partial") this.transcript.showPartial(message.text);
    if (message.type === "committed" && message.text) {
      const { words } = message;
      this.add({ ...message, start: words[0]?.start ?? 0, end: words.at(-1)?.end ?? 0 });
    }
  }

  setRecording(isRecording) {
    byId("record").setAttribute("aria-pressed", String(isRecording));
    byId("record").textContent = isRecording ? "Stop the microphone" : "Use the microphone";
  }

  // Results

  async copy() {
    try {
      await navigator.clipboard.writeText(textOf(this.transcript.segments));
      showStatus("transcribe-status", "Copied.");
    } catch {
      getSelection().selectAllChildren(byId("transcript"));
      showStatus("transcribe-status", "Press Ctrl+C to copy: the browser allows nothing else here.");
    }
  }

  save(format) {
    const type = { txt: "text/plain", srt: "application/x-subrip", vtt: "text/vtt" }[format];
    save(new Blob([transcriptFile(this.transcript.segments, format)], { type }), `${this.name}.${format}`);
  }
}

export function megabytes(bytes) {
  const mib = bytes / (1 << 20);
  return `${mib < 10 ? Number(mib.toFixed(1)) : Math.round(mib)} MiB`;
}
