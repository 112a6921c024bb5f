// Run by Node with the package openai: names that examples use, and what is listed. Prints JSON.
import fs from "node:fs";
import OpenAI from "openai";

const [url, token, recording] = process.argv.slice(2);
const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: token, maxRetries: 0 });
const found = { voices: {}, listed: [], retrieved: [] };
for (const voice of ["alloy", "ash", "ballad", "coral", "echo", "sage", "shimmer", "verse", "marin", "cedar"]) {
  const response = await client.audio.speech.create({ model: "gpt-4o-mini-tts", voice, input: "One two.", response_format: "wav" });
  found.voices[voice] = [(await response.arrayBuffer()).byteLength, response.headers.get("x-voice-used")];
}
for await (const model of client.models.list()) found.listed.push(model.id);
for (const id of found.listed) found.retrieved.push((await client.models.retrieve(id)).id);
const heard = await client.audio.transcriptions.create({ model: "gpt-4o-transcribe", file: fs.createReadStream(recording) });
found.text = heard.text;
console.log(JSON.stringify(found));
