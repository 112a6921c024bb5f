// A player: a waveform to seek in, a button and the time. It knows no host, and has no style of its own.

import { Waveform } from "./waveform.mjs";

const SEEK_STEP_S = 5;

export function formatTime(seconds) {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

export class Player {
  /** `bar` and `gap` are those of the waveform; `minSeconds` is the shortest time that the width stands for. */
  constructor({ bar, gap, minSeconds = 0, icons = { play: "▶", pause: "❚❚" } } = {}) {
    this.minSeconds = minSeconds;
    this.icons = icons;
    this.element = document.createElement("div");
    this.element.className = "voxweft-player";
    this.canvas = document.createElement("canvas");
    this.button = Object.assign(document.createElement("button"), { type: "button" });
    this.time = Object.assign(document.createElement("span"), { className: "time" });
    this.row = document.createElement("div");
    this.row.append(this.button, this.time);
    this.element.append(this.canvas, this.row);
    this.wave = new Waveform(this.canvas, { bar, gap });
    this.sound = null;
    this.drawing = null;
    this.changed = () => this.show();
    this.button.addEventListener("click", (event) => {
      event.stopPropagation();
      this.playing ? this.pause() : this.play();
    });
    this.makeSlider();
    // Without a new drawing, a canvas drawn while hidden or at another size would be stretched.
    this.resizes = new ResizeObserver(() => this.show());
    this.resizes.observe(this.canvas);
    this.show();
  }

  makeSlider() {
    const { canvas } = this;
    Object.assign(canvas, { tabIndex: 0, role: "slider", ariaLabel: "Position", ariaValueMin: "0" });
    const point = (event) => {
      event.stopPropagation();
      if (event.type !== "pointerdown" && !(event.buttons & 1)) return;
      const box = canvas.getBoundingClientRect();
      this.seek(((event.clientX - box.left) / box.width) * this.shownSeconds);
    };
    canvas.addEventListener("pointerdown", point);
    canvas.addEventListener("pointermove", point);
    canvas.addEventListener("keydown", (event) => {
      const steps = { ArrowLeft: -SEEK_STEP_S, ArrowRight: SEEK_STEP_S, Home: -Infinity, End: Infinity };
      if (!(event.key in steps) || !this.sound) return;
      event.preventDefault();
      event.stopPropagation();
      this.seek(this.sound.position + steps[event.key]);
    });
  }

  get playing() {
    return this.sound?.playing ?? false;
  }

  get shownSeconds() {
    return Math.max(this.sound?.duration ?? 0, this.minSeconds);
  }

  play() {
    this.sound?.play();
    this.show();
  }

  pause() {
    this.sound?.pause();
    this.show();
  }

  seek(seconds) {
    this.sound?.seek(Math.min(Math.max(seconds, 0), this.sound.duration));
    this.show();
  }

  /** Replaces what is played; null for nothing. */
  replace(sound) {
    this.sound?.close();
    this.wave.clear();
    this.sound = sound;
    this.show();
  }

  close() {
    this.resizes.disconnect();
    cancelAnimationFrame(this.drawing);
    this.sound?.close();
    this.sound = null;
  }

  show() {
    const { sound, playing } = this;
    this.button.textContent = playing ? this.icons.pause : this.icons.play;
    this.button.ariaLabel = playing ? "pause" : "play";
    this.button.disabled = !sound;
    this.element.dataset.playing = String(playing);
    const time = sound ? `${formatTime(sound.position)} / ${formatTime(sound.duration)}` : "0:00";
    if (this.time.textContent !== time) {
      this.time.textContent = time;
      this.canvas.ariaValueMax = String(Math.floor(sound?.duration ?? 0));
      this.canvas.ariaValueNow = String(Math.floor(sound?.position ?? 0));
      this.canvas.ariaValueText = time;
    }
    // Samples arrive faster than frames: draw once per frame.
    this.drawing ??= requestAnimationFrame(() => {
      this.drawing = null;
      this.wave.draw(this.sound?.position ?? 0, this.shownSeconds);
    });
  }
}
