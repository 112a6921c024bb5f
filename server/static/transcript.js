// The transcript on the page: words that are highlighted while the recording plays, and that seek when clicked.

import { needsSpace } from "./captions.js";

export class Transcript {
  /** `seek(seconds)` is called for a word that was clicked. */
  constructor(element, seek) {
    this.element = element;
    element.addEventListener("click", ({ target }) => {
      if (target.dataset?.start) seek(Number(target.dataset.start));
    });
    this.clear();
  }

  clear() {
    this.segments = [];
    this.words = []; // { start, end, element }
    this.current = null;
    this.partial = Object.assign(document.createElement("span"), { className: "partial" });
    // A screen reader announces committed words only.
    this.partial.ariaHidden = "true";
    this.element.replaceChildren(this.partial);
  }

  /** Adds a segment `{ start, end, text, pause, words }`; each word has `word`, `start` and `end`. */
  add({ words = [], ...segment }) {
    const before = this.segments.at(-1);
    const element = document.createElement("span");
    if (before && !before.pause && needsSpace(before.text, segment.text)) element.append(" ");
    const kept = { ...segment, words: [] };
    let at = 0;
    for (const word of words) {
      const found = segment.text.indexOf(word.word, at);
      if (found < 0) continue; // the text joins or spells it differently
      const mark = Object.assign(document.createElement("span"), { className: "word", textContent: word.word });
      mark.dataset.start = word.start;
      element.append(segment.text.slice(at, found), mark);
      // With what stands before it, so that the words joined are the text.
      kept.words.push({ start: word.start, end: word.end, text: segment.text.slice(at, found) + word.word });
      this.words.push({ start: word.start, end: word.end, element: mark });
      at = found + word.word.length;
    }
    element.append(segment.text.slice(at));
    if (kept.words.length) kept.words.at(-1).text += segment.text.slice(at);
    if (segment.pause) element.append("\n");
    this.segments.push(kept);
    this.partial.textContent = "";
    this.partial.before(element);
    this.element.scrollTop = this.element.scrollHeight;
  }

  showPartial(text) {
    const before = this.segments.at(-1);
    this.partial.textContent = (before && !before.pause && needsSpace(before.text, text) ? " " : "") + text;
    this.element.scrollTop = this.element.scrollHeight;
  }

  /** Highlights the word at a time in seconds; a negative time highlights none. */
  highlight(seconds) {
    let low = 0;
    let high = this.words.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.words[middle].start <= seconds) low = middle + 1;
      else high = middle;
    }
    const word = this.words[low - 1];
    // Short gaps between words don't flicker.
    const current = word && seconds < word.end + 0.3 ? word.element : null;
    if (current === this.current) return;
    this.current?.classList.remove("now");
    current?.classList.add("now");
    this.current = current;
    if (current) keepInView(current, this.element);
  }
}

function keepInView(word, box) {
  const top = word.offsetTop - box.offsetTop;
  if (top < box.scrollTop || top > box.scrollTop + box.clientHeight - 2 * word.offsetHeight) {
    box.scrollTop = top - box.clientHeight / 3;
  }
}
