// The microphone to the server, and words back.

const WORKLET = "/static/microphone-worklet.js";

export class Microphone {
  /** `onWords(message)` gets what the server says; `onEnd(problem)` comes once, with a message or "". */
  constructor(onWords, onEnd) {
    this.onWords = onWords;
    this.onEnd = onEnd;
    this.over = false;
  }

  async open(config, protocols) {
    if (!navigator.mediaDevices) throw new Error("browsers give it to pages on localhost and over HTTPS only.");
    const constraints = { channelCount: 1, echoCancellation: true, noiseSuppression: true };
    this.stream = await navigator.mediaDevices.getUserMedia({ audio: constraints });
    this.context = new AudioContext();
    await this.context.audioWorklet.addModule(WORKLET);
    // Stopped while the browser asked for leave.
    if (this.over) return this.stop();
    const address = new URL("/ws/asr/live", location.href);
    address.protocol = address.protocol.replace("http", "ws");
    this.socket = new WebSocket(address, protocols);
    this.socket.onopen = () => this.socket.send(JSON.stringify({ ...config, sample_rate: this.context.sampleRate }));
    this.socket.onmessage = ({ data }) => this.hear(JSON.parse(data));
    this.socket.onclose = () => this.end(this.problem ?? (this.done || this.finished ? "" : "The connection was closed."));
  }

  hear(message) {
    if (message.type === "ready" && !this.finished) this.record();
    else if (message.type === "error") this.problem = message.message;
    else if (message.type === "done") this.done = true;
    this.onWords(message);
  }

  record() {
    const source = this.context.createMediaStreamSource(this.stream);
    this.node = new AudioWorkletNode(this.context, "voxweft-microphone", { numberOfOutputs: 0 });
    this.node.port.onmessage = ({ data }) => {
      if (this.socket.readyState === WebSocket.OPEN && !this.finished) this.socket.send(data);
    };
    source.connect(this.node);
  }

  /** The last words are still to come. */
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
    if (!this.over) {
      this.over = true;
      this.onEnd(problem);
    }
  }
}
