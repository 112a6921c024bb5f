// The page's fields: messages, errors and lists of choices.

export const byId = (id) => document.getElementById(id);

export function showStatus(id, text, isProblem = false) {
  byId(id).textContent = text;
  byId(id).classList.toggle("problem", isProblem);
}

/** Marks a field as invalid, with a message next to it, and focuses it. */
export function markInvalid(id, message) {
  const field = byId(id);
  byId(`${id}-error`).textContent = message;
  field.setAttribute("aria-invalid", "true");
  field.focus();
}

export function clearInvalid(within) {
  for (const field of within.querySelectorAll("[aria-invalid]")) {
    field.removeAttribute("aria-invalid");
    byId(`${field.id}-error`).textContent = "";
  }
}

/** Shows an error of the server: next to the field it is about, else as a status. `fields` maps request fields to ids. */
export function showError(error, fields, statusId) {
  // A path such as "voice.str" or "params.pitch" begins with the request's field.
  const id = fields[String(error.param ?? "").split(".")[0]];
  if (id) markInvalid(id, error.message);
  showStatus(statusId, id ? "" : error.message, true);
}

/** Fills a select with `[value, text]`, and keeps its value if that is still a choice. */
export function fillSelect(select, choices) {
  const before = select.value;
  select.replaceChildren(...choices.map(([value, text]) => new Option(text, value)));
  if (choices.some(([value]) => value === before)) select.value = before;
}

let names = null;

/** Returns the name of a language for people; the tag itself if the browser doesn't know it. */
export function languageName(tag) {
  try {
    names ??= new Intl.DisplayNames(["en"], { type: "language" });
    return names.of(tag) ?? tag;
  } catch {
    return tag; // not a BCP-47 tag
  }
}

export function baseLanguage(tag) {
  return tag.split("-")[0].toLowerCase();
}

/** Returns choices of languages, by name. */
export function languageChoices(tags) {
  const choices = [...new Set(tags)].map((tag) => [tag, languageName(tag)]);
  return choices.sort(([, first], [, second]) => first.localeCompare(second));
}

/** Offers a blob as a download. */
export function save(blob, name) {
  const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
