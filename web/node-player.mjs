// The player on a node. Plays the audio generated so far, then the finished file.

import { LiveSound } from "./live-sound.mjs";
import { FileSound } from "./player/file-sound.mjs";
import { Player } from "./player/player.mjs";
import { addFiles } from "./wav-waveform.mjs";

const STYLE = `
.voxweft-player { display: flex; flex-direction: column; gap: 4px; width: 100%; height: 100%; box-sizing: border-box;
  padding: 4px 6px; border-radius: 6px; background: var(--comfy-input-bg, #222); color: var(--input-text, #ddd);
  font: 12px/1.2 sans-serif; user-select: none; }
.voxweft-player canvas { flex: 1 1 auto; min-height: 24px; width: 100%; cursor: pointer; touch-action: none; }
.voxweft-player div { display: flex; align-items: center; gap: 8px; }
.voxweft-player button { width: 26px; height: 20px; border: 0; border-radius: 4px; padding: 0; cursor: pointer;
  background: var(--comfy-menu-bg, #444); color: inherit; font-size: 11px; }
.voxweft-player :focus-visible { outline: 2px solid var(--p-primary-color, #4a9); }
.voxweft-player .state { margin-left: auto; opacity: .75; }
`;

let hasStyle = false;

export class NodePlayer extends Player {
  constructor() {
    super();
    if (!hasStyle) {
      hasStyle = true;
      document.head.append(Object.assign(document.createElement("style"), { textContent: STYLE }));
    }
    this.status = Object.assign(document.createElement("span"), { className: "state" });
    this.row.append(this.status);
    this.run = null;
    this.streams = Promise.resolve();
  }

  /** Plays a stream while it is generated. Another stream of the same run is appended. */
  live(url, sampleRate, run, autoplay) {
    if (!LiveSound.possible) {
      this.setStatus("playable when finished");
      return;
    }
    if (this.run !== run || !(this.sound instanceof LiveSound) || this.sound.sampleRate !== sampleRate) {
      this.replace(new LiveSound(sampleRate, this.wave, this.changed));
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
        sound.isWhole = false;
      }
      if (this.sound === sound) this.setStatus("");
    });
  }

  /** Switches to the finished files, unless the live stream was complete. */
  finished(urls) {
    this.element.dataset.state = "finished";
    this.element.dataset.file = urls[0];
    this.streams = this.streams.then(() => {
      const wasLive = this.sound instanceof LiveSound && this.sound.isWhole && this.sound.duration > 0;
      if (wasLive && !this.sound.fileKnown) {
        this.sound.fileKnown = true; // the file of the run that was played live
        return;
      }
      this.replace(new FileSound(urls, this.changed));
      addFiles(urls, this.wave).then(this.changed);
      this.run = null;
    });
  }

  setStatus(text) {
    this.status.textContent = text;
  }

  show() {
    super.show();
    if (this.sound instanceof LiveSound) {
      // For tests: the samples that were played and not silent.
      this.element.dataset.heard = String(this.sound.heard);
      if (this.sound.firstHeardMs) this.element.dataset.firstHeard = String(this.sound.firstHeardMs);
      if (this.sound.blocked) this.setStatus("press play");
    }
  }
}
