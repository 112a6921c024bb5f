// Run by Node with the AI SDK: transcription with each of its options. Prints JSON.
import fs from "node:fs";
import { createOpenAI } from "@ai-sdk/openai";
import { experimental_transcribe as transcribe } from "ai";

const [url, token, recording] = process.argv.slice(2);
const openai = createOpenAI({ baseURL: `${url}/v1`, apiKey: token });
const audio = fs.readFileSync(recording);
const options = [
  {},
  { language: "en" },
  { prompt: "A fox." },
  { temperature: 0.1 },
  { include: ["logprobs"] },
  { timestampGranularities: ["word"] },
  { timestampGranularities: ["segment"] },
  { timestampGranularities: ["word", "segment"] },
];
const rows = [];
for (const model of ["whisper-1", "gpt-4o-transcribe", "gpt-4o-mini-transcribe"]) {
  for (const given of options) {
    const heard = await transcribe({
      model: openai.transcription(model), audio, maxRetries: 0, providerOptions: { openai: given },
    }).catch((error) => ({ text: `${error}: ${error.responseBody ?? error.cause}`, segments: [], failed: true }));
    rows.push({
      model, given, text: heard.text, failed: heard.failed ?? false, language: heard.language ?? null,
      duration: heard.durationInSeconds ?? null, segments: heard.segments.length,
    });
  }
}
console.log(JSON.stringify(rows));
