// Run by Node with OpenAI's package: transcription in its formats, and streamed. Prints JSON.
import fs from "node:fs";
import OpenAI from "openai";

const [url, token, recording] = process.argv.slice(2);
const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: token, maxRetries: 0 });
const create = (fields) =>
  client.audio.transcriptions.create({ model: "whisper-1", file: fs.createReadStream(recording), language: "en", ...fields });
const verbose = await create({ response_format: "verbose_json", timestamp_granularities: ["word", "segment"] });
const plain = await create({ include: ["logprobs"], timestamp_granularities: ["segment"] });
const { response } = await create({ chunking_strategy: { type: "server_vad", threshold: 0.4 } }).withResponse();
const events = [];
for await (const event of await create({ stream: true })) events.push(event);
console.log(JSON.stringify({
  verbose, plain, ignored: response.headers.get("x-voxweft-ignored"), events, srt: await create({ response_format: "srt" }),
}));
