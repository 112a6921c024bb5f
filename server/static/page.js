import { Microphone } from "/static/microphone.js";
import { Player } from "/static/player.js";

const $ = (id) => document.getElementById(id);
const token = $("token");

function headers(more = {}) {
  return token.value ? { ...more, Authorization: `Bearer ${token.value}` } : more;
}

function protocols() {
  return token.value ? ["voxweft", `bearer.${token.value}`] : ["voxweft"];
}

function say(id, text, isProblem = false) {
  $(id).textContent = text;
  $(id).classList.toggle("problem", isProblem);
}

async function problemOf(response) {
  const body = await response.json().catch(() => null);
  if (response.status === 401) {
    $("access").open = true;
    token.focus();
  }
  return body?.error?.message ?? `The server answered ${response.status}.`;
}

// Models and voices

async function loadModels() {
  const response = await fetch("/v1/models", { headers: headers() });
  if (!response.ok) return say("speak-status", await problemOf(response), true);
  const models = (await response.json()).data;
  fill($("model"), models.filter((model) => model.task === "speech"));
  fill($("listener"), models.filter((model) => model.task === "recognition"));
  $("record").disabled = !$("listener").options.length;
  if ($("record").disabled) say("listen-status", "No engine for recognition is ready on this server.");
  say("speak-status", "");
  return loadVoices();
}

function fill(select, models) {
  const own = models.filter((model) => !/^(tts|gpt|whisper-1)/.test(model.id));
  select.replaceChildren(...own.map((model) => new Option(model.id, model.id)));
}

async function loadVoices() {
  const model = $("model").value;
  if (!model) return;
  const response = await fetch(`/v1/audio/voices?${new URLSearchParams({ model })}`, { headers: headers() });
  if (!response.ok) return say("speak-status", await problemOf(response), true);
  const { voices } = await response.json();
  $("voices").replaceChildren(
    ...voices.map((voice) => {
      const option = new Option([voice.title, voice.languages.join(", ")].filter(Boolean).join(" · "), voice.name);
      return option;
    }),
  );
}

// Speech

const SILENT_AFTER_MS = 3000;
const NO_SOUND = "The browser plays nothing: it found no sound output, or isn't allowed to use it.";

let player = null;
let aborting = null;

async function speak() {
  const stopping = stop();
  const own = (aborting = new AbortController());
  await stopping;
  if (own.signal.aborted) return;
  playing(true);
  say("speak-status", "Being made …");
  const began = performance.now();
  try {
    const response = await fetch("/v1/audio/speech-stream", {
      method: "POST",
      headers: headers({ "Content-Type": "application/json" }),
      body: JSON.stringify({
        input: $("text").value,
        model: $("model").value,
        voice: $("voice").value,
        speed: Number($("speed").value),
      }),
      signal: own.signal,
    });
    if (!response.ok) throw new Error(await problemOf(response));
    const rate = Number(response.headers.get("X-Sample-Rate"));
    player = new Player(rate, showProgress, () => finished());
    const opened = player;
    setTimeout(() => {
      if (player === opened && !opened.isRunning) say("speak-status", NO_SOUND, true);
    }, SILENT_AFTER_MS);
    // Without an output device, Firefox never comes back from this.
    await player.open();
    const reader = response.body.getReader();
    let first = true;
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      player.push(value);
      if (first) say("speak-status", `Playing: the first sound came after ${Math.round(performance.now() - began)} ms.`);
      first = false;
      await player.room();
    }
    player.finish();
  } catch (error) {
    if (own.signal.aborted) return;
    const brokenOff = Boolean(player?.received);
    await stop();
    say("speak-status", brokenOff ? `The speech broke off: ${error.message}` : error.message, true);
  }
}

function stopPlaying() {
  if (aborting) stop();
}

function showProgress(played, received) {
  $("progress").value = received ? played / received : 0;
}

function finished(text = "Played to the end.") {
  say("speak-status", text);
  $("progress").value = 1;
  return stop(true);
}

async function stop(keepStatus = false) {
  aborting?.abort();
  aborting = null;
  const last = player;
  player = null;
  playing(false);
  if (!keepStatus) {
    $("progress").value = 0;
    say("speak-status", "");
  }
  await last?.close();
}

// Neither button is ever disabled: who uses them by keyboard would lose the place in the page.
function playing(on) {
  $("stop").setAttribute("aria-disabled", String(!on));
}

// Recognition

let microphone = null;

async function toggleMicrophone() {
  if (microphone?.finished) return;
  if (microphone) {
    say("listen-status", "The last words are being recognised …");
    return microphone.finish();
  }
  $("committed").replaceChildren();
  $("partial").textContent = "";
  pressed(true);
  say("listen-status", "Getting ready …");
  microphone = new Microphone(showWords, (problem) => {
    microphone = null;
    $("partial").textContent = "";
    pressed(false);
    say("listen-status", problem, Boolean(problem));
  });
  try {
    await microphone.open({ model: $("listener").value, language: $("language").value }, protocols());
  } catch (error) {
    microphone?.end(`The microphone can't be used: ${error.message}`);
  }
}

function pressed(on) {
  $("record").setAttribute("aria-pressed", String(on));
  $("record").textContent = on ? "Stop the microphone" : "Start the microphone";
}

function showWords(message) {
  if (message.type === "ready") say("listen-status", "Listening.");
  if (message.type === "partial") $("partial").textContent = ` ${message.text}`;
  if (message.type === "committed") {
    // Added, and not written anew, so that a screen reader says what is new.
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
