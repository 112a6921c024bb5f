import { Microphone } from "./microphone.js";
import { Player } from "./player.js";

const $ = (id) => document.getElementById(id);
const token = $("token");

function headers(more = {}) {
  return token.value ? { ...more, Authorization: `Bearer ${token.value}` } : more;
}

function protocols() {
  return token.value ? ["voxweft", `bearer.${token.value}`] : ["voxweft"];
}

function showStatus(id, text, isProblem = false) {
  $(id).textContent = text;
  $(id).classList.toggle("problem", isProblem);
}

async function errorMessage(response) {
  const body = await response.json().catch(() => null);
  if (response.status === 401) {
    $("access").open = true;
    token.focus();
  }
  return body?.error?.message ?? `The server answered with status ${response.status}.`;
}

// Models and voices

async function loadModels() {
  const response = await fetch("v1/models", { headers: headers() });
  if (!response.ok) return showStatus("speak-status", await errorMessage(response), true);
  const models = (await response.json()).data;
  fillModels($("model"), models.filter((model) => model.task === "speech"));
  fillModels($("recognizer"), models.filter((model) => model.task === "recognition"));
  $("record").disabled = !$("recognizer").options.length;
  if ($("record").disabled) showStatus("transcribe-status", "No speech recognition engine is ready on this server.");
  showStatus("speak-status", "");
  return loadVoices();
}

function fillModels(select, models) {
  // OpenAI's names are aliases of the default engine.
  const engines = models.filter((model) => !/^(tts|gpt|whisper-1)/.test(model.id));
  select.replaceChildren(...engines.map((model) => new Option(model.id, model.id)));
}

async function loadVoices() {
  const model = $("model").value;
  if (!model) return;
  const response = await fetch(`v1/audio/voices?${new URLSearchParams({ model })}`, { headers: headers() });
  if (!response.ok) return showStatus("speak-status", await errorMessage(response), true);
  const { voices } = await response.json();
  $("voices").replaceChildren(
    ...voices.map((voice) => {
      const label = [voice.title, voice.languages.join(", ")].filter(Boolean).join(" · ");
      return new Option(label, voice.name);
    }),
  );
}

// Speech

const SILENCE_TIMEOUT_MS = 3000;
const NO_SOUND = "The browser plays no sound. Check its audio output and its permission to play sound.";

let player = null;
let request = null; // the AbortController of the current request

async function speak() {
  const stopping = stop();
  const controller = (request = new AbortController());
  await stopping;
  if (controller.signal.aborted) return;
  setPlaying(true);
  showStatus("speak-status", "Synthesizing …");
  const startMs = performance.now();
  try {
    const response = await fetch("v1/audio/speech-stream", {
      method: "POST",
      headers: headers({ "Content-Type": "application/json" }),
      body: JSON.stringify({
        input: $("text").value,
        model: $("model").value,
        voice: $("voice").value,
        speed: Number($("speed").value),
      }),
      signal: controller.signal,
    });
    if (!response.ok) throw new Error(await errorMessage(response));
    const rate = Number(response.headers.get("X-Sample-Rate"));
    player = new Player(rate, showProgress, finish);
    const current = player;
    setTimeout(() => {
      if (player === current && !current.isRunning) showStatus("speak-status", NO_SOUND, true);
    }, SILENCE_TIMEOUT_MS);
    // Without an output device, this never resolves in Firefox.
    await player.open();
    const reader = response.body.getReader();
    let first = true;
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      player.push(value);
      if (first) showStatus("speak-status", `Playing. First audio after ${Math.round(performance.now() - startMs)} ms.`);
      first = false;
      await player.waitForRoom();
    }
    player.finish();
  } catch (error) {
    if (controller.signal.aborted) return;
    const wasPlaying = Boolean(player?.received);
    await stop();
    showStatus("speak-status", wasPlaying ? `The speech was interrupted: ${error.message}` : error.message, true);
  }
}

function stopPlaying() {
  if (request) stop();
}

function showProgress(played, received) {
  $("progress").value = received ? played / received : 0;
}

function finish() {
  showStatus("speak-status", "Played to the end.");
  $("progress").value = 1;
  return stop(true);
}

async function stop(keepStatus = false) {
  request?.abort();
  request = null;
  const stopped = player;
  player = null;
  setPlaying(false);
  if (!keepStatus) {
    $("progress").value = 0;
    showStatus("speak-status", "");
  }
  await stopped?.close();
}

// The buttons are never disabled: keyboard focus would be lost.
function setPlaying(isPlaying) {
  $("stop").setAttribute("aria-disabled", String(!isPlaying));
}

// Recognition

let microphone = null;

async function toggleMicrophone() {
  if (microphone?.finished) return;
  if (microphone) {
    showStatus("transcribe-status", "Transcribing the last words …");
    return microphone.finish();
  }
  $("committed").replaceChildren();
  $("partial").textContent = "";
  setRecording(true);
  showStatus("transcribe-status", "Starting …");
  microphone = new Microphone(showWords, (problem) => {
    microphone = null;
    $("partial").textContent = "";
    setRecording(false);
    showStatus("transcribe-status", problem, Boolean(problem));
  });
  try {
    await microphone.open({ model: $("recognizer").value, language: $("language").value }, protocols());
  } catch (error) {
    microphone?.end(`The microphone can't be used: ${error.message}`);
  }
}

function setRecording(isRecording) {
  $("record").setAttribute("aria-pressed", String(isRecording));
  $("record").textContent = isRecording ? "Stop the microphone" : "Start the microphone";
}

function showWords(message) {
  if (message.type === "ready") showStatus("transcribe-status", "Transcribing.");
  if (message.type === "partial") $("partial").textContent = ` ${message.text}`;
  if (message.type === "committed") {
    // Appended, so that a screen reader announces only the new words.
    if (message.text) $("committed").append(`${message.text} `);
    if (message.pause && !$("committed").textContent.endsWith("\n")) $("committed").append("\n");
    $("partial").textContent = "";
  }
}

$("speak").addEventListener("submit", (event) => {
  event.preventDefault();
  speak();
});
$("stop").addEventListener("click", stopPlaying);
$("record").addEventListener("click", toggleMicrophone);
$("model").addEventListener("change", loadVoices);
token.addEventListener("change", loadModels);
$("speed").addEventListener("input", () => {
  $("speed-value").textContent = Number($("speed").value).toFixed(2).replace(/0$/, "");
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") stopPlaying();
});
loadModels();
