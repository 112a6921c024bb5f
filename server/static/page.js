import { Microphone } from "/static/microphone.js";
import { Player } from "/static/player.js";

const $ = (id) => document.getElementById(id);
const token = $("token");

function headers(more = {}) {
  return token.value ? { ...more, Authorization: `Bearer ${token.value}` } : more;
}

function protocols() {
  return token.value ? ["speechloom", `bearer.${token.value}`] : ["speechloom"];
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

let player = null;
let aborting = null;

async function speak() {
  await stop();
  aborting = new AbortController();
  $("play").disabled = true;
  $("stop").disabled = false;
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
      signal: aborting.signal,
    });
    if (!response.ok) throw new Error(await problemOf(response));
    const rate = Number(response.headers.get("X-Sample-Rate"));
    player = new Player(rate, showProgress, () => finished());
    await player.open();
    const reader = response.body.getReader();
    let first = true;
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      player.push(value);
      if (first) say("speak-status", `Playing: the first sound came after ${Math.round(performance.now() - began)} ms.`);
      first = false;
    }
    player.finish();
    if (first) finished("There was nothing to hear.");
  } catch (error) {
    if (error.name === "AbortError") return;
    await stop();
    say("speak-status", error.message, true);
  }
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
  const playing = player;
  player = null;
  const hadFocus = document.activeElement === $("stop");
  $("play").disabled = false;
  $("stop").disabled = true;
  // Who stopped it by keyboard isn't sent to the top of the page.
  if (hadFocus) $("play").focus();
  if (!keepStatus) {
    $("progress").value = 0;
    say("speak-status", "");
  }
  await playing?.close();
}

// Recognition

let microphone = null;

async function toggleMicrophone() {
  if (microphone) {
    say("listen-status", "The last words are being recognised …");
    $("record").disabled = true;
    return microphone.finish();
  }
  $("committed").textContent = "";
  $("partial").textContent = "";
  pressed(true);
  say("listen-status", "Getting ready …");
  microphone = new Microphone(showWords, (problem) => {
    microphone = null;
    $("record").disabled = false;
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
    if (message.text) $("committed").textContent += `${message.text} `;
    if (message.pause && !$("committed").textContent.endsWith("\n")) $("committed").textContent += "\n";
    $("partial").textContent = "";
  }
}

$("speak").addEventListener("submit", (event) => {
  event.preventDefault();
  speak();
});
$("stop").addEventListener("click", () => stop());
$("record").addEventListener("click", toggleMicrophone);
$("model").addEventListener("change", loadVoices);
token.addEventListener("change", loadModels);
$("speed").addEventListener("input", () => {
  $("speed-value").textContent = Number($("speed").value).toFixed(2).replace(/0$/, "");
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !$("stop").disabled) stop();
});
loadModels();
