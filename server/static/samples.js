// A sentence for each language, to try voices with.

const SENTENCES = {
  ar: "مرحبا، هكذا يبدو صوتي عندما أقرأ لك.",
  cs: "Dobrý den, takto zní můj hlas, když vám čtu.",
  da: "Hej, sådan lyder min stemme, når jeg læser for dig.",
  de: "Guten Tag, so klingt meine Stimme, wenn ich Ihnen etwas vorlese.",
  el: "Γεια σας, έτσι ακούγεται η φωνή μου όταν σας διαβάζω.",
  en: "Hello, this is how my voice sounds when I read to you.",
  es: "Hola, así suena mi voz cuando te leo un texto.",
  fi: "Hei, tältä ääneni kuulostaa, kun luen sinulle.",
  fr: "Bonjour, voici ma voix quand je vous lis un texte.",
  he: "שלום, כך נשמע הקול שלי.",
  hi: "नमस्ते, मेरी आवाज़ ऐसी सुनाई देती है।",
  hu: "Jó napot, így hangzik a hangom, amikor felolvasok.",
  it: "Ciao, ecco come suona la mia voce quando leggo per te.",
  ja: "こんにちは。文章を読むと、このような声になります。",
  ko: "안녕하세요, 글을 읽을 때 제 목소리는 이렇습니다.",
  nb: "Hei, slik høres stemmen min ut når jeg leser for deg.",
  nl: "Hallo, zo klinkt mijn stem als ik u voorlees.",
  pl: "Dzień dobry, tak brzmi mój głos, kiedy czytam.",
  pt: "Olá, é assim que a minha voz soa quando leio para você.",
  ro: "Bună ziua, așa sună vocea mea când vă citesc.",
  ru: "Здравствуйте, так звучит мой голос, когда я читаю.",
  sv: "Hej, så här låter min röst när jag läser för dig.",
  sw: "Habari, hivi ndivyo sauti yangu inavyosikika ninaposoma.",
  tr: "Merhaba, size okurken sesim böyle duyulur.",
  uk: "Добрий день, так звучить мій голос, коли я читаю.",
  vi: "Xin chào, giọng của tôi nghe như thế này khi tôi đọc.",
  yue: "你好，我讀文章嘅時候，聲音係咁樣嘅。",
  zh: "你好，我朗读文章的时候，声音是这样的。",
};
SENTENCES.cmn = SENTENCES.zh;
SENTENCES.no = SENTENCES.nb;

/** Returns a text for a voice's language. Engines put numbers into the words of any language. */
export function sampleFor(tag) {
  return SENTENCES[tag.split("-")[0].toLowerCase()] ?? "1, 2, 3, 4, 5.";
}
