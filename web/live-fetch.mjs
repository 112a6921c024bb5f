// A worker: live audio from the network to the audio thread, past the page's own thread, which is busy with the graph.

const MOST_SAMPLES = 3600 * 48000; // beyond it the finished file has to do

const sounds = new Map();

onmessage = ({ data }) => {
  if (data.kind === "open") {
    sounds.set(data.id, { port: data.port, samples: 0, aborting: new AbortController() });
  } else if (data.kind === "take") {
    take(data.id, data.url);
  } else {
    sounds.get(data.id)?.aborting.abort();
    sounds.delete(data.id);
  }
};

/** Fetch a stream to its end; the page is told of its samples too, for the waveform, and how it ended. */
async function take(id, url) {
  const sound = sounds.get(id);
  if (!sound) return;
  let problem = null;
  try {
    const answer = await fetch(url, { signal: sound.aborting.signal, cache: "no-store" });
    if (!answer.ok) throw new Error(`${answer.status} for ${url}`);
    const reader = answer.body.getReader();
    let odd = new Uint8Array(0); // half a sample, where a piece was cut
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      const bytes = new Uint8Array(odd.length + value.length);
      bytes.set(odd);
      bytes.set(value, odd.length);
      odd = bytes.slice(bytes.length & ~1);
      const samples = new Int16Array(bytes.buffer, 0, bytes.length >> 1).slice();
      if (sound.samples + samples.length > MOST_SAMPLES) {
        reader.cancel(); // nobody takes the rest
        throw new Error("longer than a player holds");
      }
      sound.samples += samples.length;
      const shown = samples.slice();
      sound.port.postMessage({ kind: "add", samples }, [samples.buffer]);
      postMessage({ kind: "samples", id, samples: shown }, [shown.buffer]);
    }
  } catch (error) {
    problem = String(error);
  }
  sound.port.postMessage({ kind: "complete" });
  postMessage({ kind: "done", id, problem });
}
