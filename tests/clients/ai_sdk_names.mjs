// Run by Node with the AI SDK: speech without a voice, and transcription, as in its guides. Prints JSON.
import fs from "node:fs";
import { createOpenAI } from "@ai-sdk/openai";
import { experimental_generateSpeech as generateSpeech, experimental_transcribe as transcribe } from "ai";

const [url, token, recording] = process.argv.slice(2);
const openai = createOpenAI({ baseURL: `${url}/v1`, apiKey: token });
const spoken = await generateSpeech({ model: openai.speech("tts-1"), text: "One two.", maxRetries: 0 });
const heard = await transcribe({ model: openai.transcription("whisper-1"), audio: fs.readFileSync(recording), maxRetries: 0 });
console.log(JSON.stringify({
  bytes: spoken.audio.uint8Array.length,
  mediaType: spoken.audio.mediaType,
  used: spoken.responses[0].headers["x-voice-used"],
  text: heard.text,
}));
