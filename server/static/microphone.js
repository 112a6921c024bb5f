// Sends the microphone's audio to the server, and receives the words.

import { openSocket } from "./api.js";

const WORKLET = new URL("microphone-worklet.js", import.meta.url);

export class Microphone {
  /**
   * `onMessage(message)` receives each message of the server, `onSamples(samples, sampleRate)` what is sent to it.
   * `onEnd(problem)` is called once; "" means no problem.
   */
  constructor({ onMessage, onSamples, onEnd }) {
    Object.assign(this, { onMessage, onSamples, onEnd });
    this.ended = false;
  }

  async open(config) {
    if (!navigator.mediaDevices) throw new Error("browsers allow it only on localhost and over HTTPS.");
    const constraints = { channelCount: 1, echoCancellation: true, noiseSuppression: true };
    this.stream = await navigator.mediaDevices.getUserMedia({ audio: constraints });
    this.context = new AudioContext();
    await this.context.audioWorklet.addModule(WORKLET);
    // The user may have stopped it while the browser requested permission.
    if (this.ended) return this.stop();
    this.socket = openSocket("ws/asr/live");
    this.socket.onopen = () => this.socket.send(JSON.stringify({ ...config, sample_rate: this.context.sampleRate }));
    this.socket.onmessage = ({ data }) => this.receive(JSON.parse(data));
    this.socket.onclose = () => this.end(this.problem ?? (this.done || this.finished ? "" : "The connection was closed."));
  }

  receive(message) {
    if (message.type === "ready" && !this.finished) this.record();
    else if (message.type === "error") this.problem = message.message;
    else if (message.type === "done") this.done = true;
    this.onMessage(message);
  }

  record() {
    const source = this.context.createMediaStreamSource(this.stream);
    this.node = new AudioWorkletNode(this.context, "voxweft-microphone", { numberOfOutputs: 0 });
    this.node.port.onmessage = ({ data }) => {
      if (this.socket.readyState !== WebSocket.OPEN || this.finished) return;
      this.socket.send(data);
      this.onSamples(new Int16Array(data), this.context.sampleRate);
    };
    source.connect(this.node);
  }

  /** Stops recording; the server still sends the last words. */
  finish() {
    this.finished = true;
    this.stop();
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify({ type: "finish" }));
    else if (this.socket) this.socket.close();
    else this.end("");
  }

  stop() {
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    if (this.context && this.context.state !== "closed") this.context.close();
  }

  end(problem) {
    this.stop();
    if (!this.ended) {
      this.ended = true;
      this.onEnd(problem);
    }
  }
}
