// Draws a waveform: the peak of each hundredth of a second, scaled to the available width.

const PEAKS_PER_S = 100;

export class Waveform {
  /** Bars and gaps are in CSS pixels. The colors are the canvas's CSS variables `--wave` and `--wave-played`. */
  constructor(canvas, { bar = 1, gap = 0 } = {}) {
    this.canvas = canvas;
    this.bar = bar;
    this.gap = gap;
    this.clear();
  }

  clear() {
    this.peaks = [];
    this.loudest = 0;
    this.pending = 0;
  }

  /** Adds 16-bit samples at a sample rate. */
  add(samples, sampleRate) {
    const size = Math.max(1, Math.round(sampleRate / PEAKS_PER_S));
    for (let at = 0; at < samples.length; at++) {
      this.loudest = Math.max(this.loudest, Math.abs(samples[at]));
      if (++this.pending >= size) {
        this.peaks.push(this.loudest / 32768);
        this.loudest = this.pending = 0;
      }
    }
  }

  /** Draws `seconds` of the waveform over the whole width. The part before `played` seconds is highlighted. */
  draw(played, seconds) {
    const canvas = this.canvas;
    const scale = window.devicePixelRatio || 1;
    const width = (canvas.width = Math.max(1, Math.round(canvas.clientWidth * scale)));
    const height = (canvas.height = Math.max(1, Math.round(canvas.clientHeight * scale)));
    const context = canvas.getContext("2d");
    const style = getComputedStyle(canvas);
    const colors = [style.getPropertyValue("--wave") || "#8a8f98", style.getPropertyValue("--wave-played") || "#4fb3a5"];
    const bar = this.bar * scale;
    const step = bar + this.gap * scale;
    const perPixel = (seconds * PEAKS_PER_S) / width;
    for (let x = 0; x + bar <= width; x += step) {
      const barHeight = Math.max(bar, this.peak(x * perPixel, (x + step) * perPixel) * height);
      context.fillStyle = colors[Number(x * seconds < played * width)];
      context.beginPath();
      if (this.bar > 1) context.roundRect(x, (height - barHeight) / 2, bar, barHeight, bar / 2);
      else context.rect(x, (height - barHeight) / 2, bar, barHeight);
      context.fill();
    }
  }

  /** Returns the highest peak between two positions in `peaks`, 0 where there are none. */
  peak(from, to) {
    let highest = 0;
    const end = Math.min(Math.max(Math.ceil(to), Math.floor(from) + 1), this.peaks.length);
    for (let at = Math.floor(from); at < end; at++) highest = Math.max(highest, this.peaks[at]);
    return highest;
  }
}
