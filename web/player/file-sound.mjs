// Finished audio: files, played with HTML audio elements, one after the other.

export class FileSound {
  constructor(urls, changed) {
    this.changed = changed;
    this.lengths = urls.map(() => 0);
    this.parts = urls.map((url, number) => {
      const part = new Audio();
      part.preload = "metadata";
      part.src = url;
      part.addEventListener("durationchange", () => {
        this.lengths[number] = Number.isFinite(part.duration) ? part.duration : 0;
        changed();
      });
      part.addEventListener("timeupdate", changed);
      part.addEventListener("ended", () => this.next(number));
      part.addEventListener("error", () => {
        this.failed = true;
        this.playing = false;
        changed();
      });
      return part;
    });
    this.current = 0; // the part that plays
    this.playing = false;
    this.failed = false; // the browser can't play a file
  }

  get duration() {
    return this.lengths.reduce((sum, length) => sum + length, 0);
  }

  get position() {
    return this.startOf(this.current) + (this.parts[this.current]?.currentTime ?? 0);
  }

  startOf(number) {
    return this.lengths.slice(0, number).reduce((sum, length) => sum + length, 0);
  }

  play() {
    this.playing = true;
    this.parts[this.current]?.play().catch(() => {
      this.playing = false;
      this.changed();
    });
  }

  pause() {
    this.playing = false;
    this.parts[this.current]?.pause();
  }

  next(number) {
    const hasNext = this.playing && number + 1 < this.parts.length;
    this.current = hasNext ? number + 1 : 0;
    this.parts[this.current].currentTime = 0;
    if (hasNext) this.play();
    else this.playing = false;
    this.changed();
  }

  seek(seconds) {
    const wasPlaying = this.playing;
    this.pause();
    this.current = this.lengths.findIndex((length, number) => seconds < this.startOf(number) + length);
    if (this.current < 0) this.current = this.parts.length - 1;
    this.parts[this.current].currentTime = Math.max(seconds - this.startOf(this.current), 0);
    if (wasPlaying) this.play();
  }

  close() {
    this.pause();
    this.changed = () => {};
    for (const part of this.parts) part.removeAttribute("src");
  }
}
