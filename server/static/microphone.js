// Sends the microphone's audio to the server, and receives the words.

const WORKLET = new URL("microphone-worklet.js", import.meta.url);

export class Microphone {
  /** `onMessage(message)` receives each message of the server. `onEnd(problem)` is called once; "" means no problem. */
  constructor(onMessage, onEnd) {
    this.onMessage = onMessage;
    this.onEnd = onEnd;
    this.ended = false;
  }

  async open(config, protocols) {
    if (!navigator.mediaDevices) throw new Error("browsers allow it only on localhost and over HTTPS.");
    const constraints = { channelCount: 1, echoCancellation: true, noiseSuppression: true };
    this.stream = await navigator.mediaDevices.getUserMedia({ audio: constraints });
    this.context = new AudioContext();
    await this.context.audioWorklet.addModule(WORKLET);
    // The user may have stopped it while the browser requested permission.
    if (this.ended) return this.stop();
    const address = new URL("ws/asr/live", location.href);
    address.protocol = address.protocol.replace("http", "ws");
    this.socket = new WebSocket(address, protocols);
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
      if (this.socket.readyState === WebSocket.OPEN && !this.finished) this.socket.send(data);
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
