// The player on a node. Plays the audio generated so far, then the finished file, with a waveform and a position.

import { LiveSound } from "./live-sound.mjs";
import { FileSound } from "./file-sound.mjs";
import { Waveform } from "./waveform.mjs";

const STYLE = `
.voxweft-player { display: flex; flex-direction: column; gap: 4px; width: 100%; height: 100%; box-sizing: border-box;
  padding: 4px 6px; border-radius: 6px; background: var(--comfy-input-bg, #222); color: var(--input-text, #ddd);
  font: 12px/1.2 sans-serif; user-select: none; }
.voxweft-player canvas { flex: 1 1 auto; min-height: 24px; width: 100%; cursor: pointer; touch-action: none; }
.voxweft-player div { display: flex; align-items: center; gap: 8px; }
.voxweft-player button { width: 26px; height: 20px; border: 0; border-radius: 4px; padding: 0; cursor: pointer;
  background: var(--comfy-menu-bg, #444); color: inherit; font-size: 11px; }
.voxweft-player button:focus-visible { outline: 2px solid var(--p-primary-color, #4a9); }
.voxweft-player .state { margin-left: auto; opacity: .75; }
`;

let hasStyle = false;

function formatTime(seconds) {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

export class Player {
  constructor() {
    if (!hasStyle) {
      hasStyle = true;
      document.head.append(Object.assign(document.createElement("style"), { textContent: STYLE }));
    }
    this.element = document.createElement("div");
    this.element.className = "voxweft-player";
    this.canvas = document.createElement("canvas");
    this.button = Object.assign(document.createElement("button"), { type: "button" });
    this.time = document.createElement("span");
    this.status = Object.assign(document.createElement("span"), { className: "state" });
    const row = document.createElement("div");
    row.append(this.button, this.time, this.status);
    this.element.append(this.canvas, row);
    this.wave = new Waveform(this.canvas);
    this.sound = null;
    this.run = null;
    this.streams = Promise.resolve();
    this.drawing = null;
    this.button.addEventListener("click", (event) => {
      event.stopPropagation();
      this.playing ? this.pause() : this.play();
    });
    const seek = (event) => {
      event.stopPropagation();
      if (event.type !== "pointerdown" && !(event.buttons & 1)) return;
      const box = this.canvas.getBoundingClientRect();
      const share = Math.min(Math.max((event.clientX - box.left) / box.width, 0), 1);
      this.sound?.seek(share * this.sound.duration);
      this.show();
    };
    this.canvas.addEventListener("pointerdown", seek);
    this.canvas.addEventListener("pointermove", seek);
    // Without a new drawing, a canvas drawn while hidden or at another size would be stretched.
    this.resizes = new ResizeObserver(() => this.show());
    this.resizes.observe(this.canvas);
    this.show();
  }

  get playing() {
    return this.sound?.playing ?? false;
  }

  play() {
    this.sound?.play();
    this.show();
  }

  pause() {
    this.sound?.pause();
    this.show();
  }

  /** Plays a stream while it is generated. Another stream of the same run is appended. */
  live(url, sampleRate, run, autoplay) {
    if (!LiveSound.possible) {
      this.setStatus("playable when finished");
      return;
    }
    if (this.run !== run || !(this.sound instanceof LiveSound) || this.sound.sampleRate !== sampleRate) {
      this.replace(new LiveSound(sampleRate, this.wave, () => this.show()));
      this.run = run;
      if (autoplay) this.play();
    }
    const sound = this.sound;
    this.element.dataset.state = "live";
    this.setStatus("live");
    // Played one after the other: a node that runs over a list has a stream per item.
    this.streams = this.streams.then(async () => {
      try {
        await sound.fetch(url);
      } catch (error) {
        console.debug("Voxweft: the live stream ended early:", error);
        sound.complete = false;
      }
      if (this.sound === sound) this.setStatus("");
    });
  }

  /** Switches to the finished files, unless the live stream was complete. */
  finished(urls) {
    this.element.dataset.state = "finished";
    this.element.dataset.file = urls[0];
    this.streams = this.streams.then(() => {
      const wasLive = this.sound instanceof LiveSound && this.sound.complete && this.sound.duration > 0;
      if (wasLive && !this.sound.fileKnown) {
        this.sound.fileKnown = true; // the file of the run that was played live
        return;
      }
      this.replace(new FileSound(urls, this.wave, () => this.show()));
      this.run = null;
    });
  }

  replace(sound) {
    this.sound?.close();
    this.wave.clear();
    this.sound = sound;
    this.show();
  }

  setStatus(text) {
    this.status.textContent = text;
  }

  close() {
    this.resizes.disconnect();
    cancelAnimationFrame(this.drawing);
    this.sound?.close();
    this.sound = null;
  }

  show() {
    const sound = this.sound;
    this.button.textContent = this.playing ? "❚❚" : "▶";
    this.button.ariaLabel = this.playing ? "pause" : "play";
    this.button.disabled = !sound;
    this.time.textContent = sound ? `${formatTime(sound.position)} / ${formatTime(sound.duration)}` : "0:00";
    // Samples arrive faster than frames: draw once per frame.
    this.drawing ??= requestAnimationFrame(() => {
      this.drawing = null;
      this.wave.draw(this.sound?.duration ? this.sound.position / this.sound.duration : 0);
    });
    this.element.dataset.playing = String(this.playing);
    if (sound instanceof LiveSound) {
      // For tests: the samples that were played and not silent.
      this.element.dataset.heard = String(sound.heard);
      if (sound.firstHeardMs) this.element.dataset.firstHeard = String(sound.firstHeardMs);
      if (sound.blocked) this.setStatus("press play");
    }
  }
}
