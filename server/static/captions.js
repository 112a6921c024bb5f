// Transcripts as files: text, and subtitles in cues that can be read.

const MAX_CHARS = 84;
const MAX_S = 6;
const LINE_CHARS = 42;
const PAUSE_S = 0.8;
const SENTENCE_END = /[.!?…。！？]["'”’»)]*$/;

/** Returns `{ start, end, text }` of cues. A segment is `{ start, end, text, words }`; words are `{ start, end, text }`. */
export function cuesOf(segments) {
  return segments.flatMap((segment) => {
    const pieces = segment.words?.length ? segment.words : [{ start: segment.start, end: segment.end, text: segment.text }];
    const cues = [];
    let cue = null;
    for (const word of pieces) {
      const full = cue && (cue.text.length + word.text.length > MAX_CHARS || word.end - cue.start > MAX_S);
      const closed = cue && (word.start - cue.end > PAUSE_S || (SENTENCE_END.test(cue.text.trim()) && cue.text.length > LINE_CHARS / 2));
      if (!cue || full || closed) cues.push((cue = { start: word.start, end: word.end, text: "" }));
      cue.text += word.text;
      cue.end = word.end;
    }
    return cues.map(({ start, end, text }) => ({ start, end: Math.max(end, start + 0.1), text: inLines(text.trim()) }));
  });
}

/** Breaks a text that is longer than a line at the space nearest to its middle. */
function inLines(text) {
  if (text.length <= LINE_CHARS) return text;
  const middle = text.length / 2;
  const spaces = [...text.matchAll(/ /g)].map(({ index }) => index);
  const best = spaces.sort((first, second) => Math.abs(first - middle) - Math.abs(second - middle))[0];
  return best === undefined ? text : `${text.slice(0, best)}\n${text.slice(best + 1)}`;
}

function stamp(seconds, mark) {
  const ms = Math.max(0, Math.round(seconds * 1000));
  const two = (value) => String(Math.floor(value)).padStart(2, "0");
  return `${two(ms / 3_600_000)}:${two((ms / 60_000) % 60)}:${two((ms / 1000) % 60)}${mark}${String(ms % 1000).padStart(3, "0")}`;
}

/** Returns the contents of a file: "txt", "srt" or "vtt". */
export function transcriptFile(segments, format) {
  if (format === "txt") return `${textOf(segments)}\n`;
  const mark = format === "srt" ? "," : ".";
  const cues = cuesOf(segments).map(({ start, end, text }, number) => {
    const safe = format === "vtt" ? text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;") : text;
    return `${number + 1}\n${stamp(start, mark)} --> ${stamp(end, mark)}\n${safe}\n`;
  });
  return (format === "vtt" ? "WEBVTT\n\n" : "") + cues.join("\n");
}

/** Returns the text, with a new line where the speaker paused. */
export function textOf(segments) {
  return segments
    .map(({ text, pause }) => text.trim() + (pause ? "\n" : ""))
    .reduce((all, text) => all + (all && !all.endsWith("\n") && needsSpace(all, text) ? " " : "") + text, "")
    .trim();
}

const SPACELESS = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}、。，！？]/u;

export function needsSpace(before, after) {
  return !(SPACELESS.test(before.slice(-1)) && SPACELESS.test(after.slice(0, 1)));
}
