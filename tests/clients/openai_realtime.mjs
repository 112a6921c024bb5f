// Run with the package openai: its client for browsers, which sends the token as a subprotocol, has a text spoken.
import OpenAI from "openai";
import { OpenAIRealtimeWebSocket } from "openai/realtime/websocket";

const [url, token] = process.argv.slice(2);
const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: token });
// By itself, it connects with TLS only.
const onURL = (address) => {
  address.protocol = "ws:";
};
const realtime = new OpenAIRealtimeWebSocket({ model: "gpt-realtime", dangerouslyAllowBrowser: true, onURL }, client);
let bytes = 0;
realtime.on("error", (error) => {
  throw error;
});
realtime.on("session.created", () => {
  const content = [{ type: "input_text", text: "Good morning to all of you." }];
  realtime.send({ type: "conversation.item.create", item: { type: "message", role: "user", content } });
  realtime.send({ type: "response.create" });
});
realtime.on("response.output_audio.delta", (event) => {
  bytes += Buffer.from(event.delta, "base64").length;
});
realtime.on("response.done", (event) => {
  console.log(JSON.stringify({ status: event.response.status, seconds_spoken: bytes / 48_000 }));
  realtime.close();
});
