// A worker that passes live audio from the network to the audio thread. The page's own thread is busy with the graph.

import { readPcm } from "./player/pcm-reader.mjs";

const MAX_SAMPLES = 3600 * 48000; // longer streams are played from the finished file

const sounds = new Map();

onmessage = ({ data }) => {
  if (data.kind === "open") {
    sounds.set(data.id, { port: data.port, samples: 0, abort: new AbortController() });
  } else if (data.kind === "fetch") {
    fetchStream(data.id, data.url);
  } else {
    sounds.get(data.id)?.abort.abort();
    sounds.delete(data.id);
  }
};

/** Fetches a stream to its end. The page receives the samples too, for the waveform, and the result. */
async function fetchStream(id, url) {
  const sound = sounds.get(id);
  if (!sound) return;
  let problem = null;
  try {
    const response = await fetch(url, { signal: sound.abort.signal, cache: "no-store" });
    if (!response.ok) throw new Error(`${response.status} for ${url}`);
    await readPcm(response.body, (samples) => {
      sound.samples += samples.length;
      if (sound.samples > MAX_SAMPLES) throw new Error("the stream is longer than the player's maximum of one hour");
      const copy = samples.slice(); // a transferred buffer can't be used again
      sound.port.postMessage({ kind: "add", samples }, [samples.buffer]);
      postMessage({ kind: "samples", id, samples: copy }, [copy.buffer]);
    });
  } catch (error) {
    problem = String(error);
  }
  sound.port.postMessage({ kind: "complete" });
  postMessage({ kind: "done", id, problem });
}
