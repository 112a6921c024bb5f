"""Plain sentences by language, from which the loudness of a voice is measured."""

from __future__ import annotations

from ..utils.streaming.contract.language_tags import best_tag

SAMPLE_SENTENCES: dict[str, tuple[str, ...]] = {
    "ar": (
        "كان الصباح باردًا، لكن الشمس أشرقت فوق التلال.",
        "فتحت النافذة واستمعت إلى الطيور في الحديقة.",
        "بعد ذلك نزلت إلى المدينة، واشترت من السوق خبزًا وفاكهة، وعادت إلى البيت قبل المطر.",
    ),
    "da": (
        "Morgenen var kold, men solen kom frem over bakkerne.",
        "Hun åbnede vinduet og lyttede til fuglene i haven.",
        "Bagefter gik hun ned til byen, købte brød og frugt på torvet og var hjemme igen før regnen.",
    ),
    "de": (
        "Der Morgen war kalt, aber über den Hügeln kam die Sonne hervor.",
        "Sie öffnete das Fenster und hörte den Vögeln im Garten zu.",
        "Danach ging sie in die Stadt hinunter, kaufte auf dem Markt Brot und Obst und war vor dem Regen zurück.",
    ),
    "el": (
        "Το πρωί ήταν κρύο, αλλά ο ήλιος βγήκε πάνω από τους λόφους.",
        "Άνοιξε το παράθυρο και άκουσε τα πουλιά στον κήπο.",
        "Μετά κατέβηκε στην πόλη, αγόρασε ψωμί και φρούτα από την αγορά και γύρισε σπίτι πριν από τη βροχή.",
    ),
    "en": (
        "The morning was cold, but the sun came out over the hills.",
        "She opened the window and listened to the birds in the garden.",
        "Later she walked down into the town, bought bread and fruit at the market, and was home before the rain.",
    ),
    "es": (
        "La mañana era fría, pero el sol salió sobre las colinas.",
        "Ella abrió la ventana y escuchó los pájaros del jardín.",
        "Después bajó al pueblo, compró pan y fruta en el mercado y volvió a casa antes de la lluvia.",
    ),
    "fi": (
        "Aamu oli kylmä, mutta aurinko nousi kukkuloiden ylle.",
        "Hän avasi ikkunan ja kuunteli lintuja puutarhassa.",
        "Sitten hän käveli kaupunkiin, osti torilta leipää ja hedelmiä ja palasi kotiin ennen sadetta.",
    ),
    "fr": (
        "La matinée était froide, mais le soleil se leva sur les collines.",
        "Elle ouvrit la fenêtre et écouta les oiseaux du jardin.",
        "Ensuite, elle descendit en ville, acheta du pain et des fruits au marché, et rentra chez elle avant la pluie.",
    ),
    "he": (
        "הבוקר היה קר, אבל השמש יצאה מעל הגבעות.",
        "היא פתחה את החלון והקשיבה לציפורים בגן.",
        "אחר כך היא ירדה לעיר, קנתה בשוק לחם ופירות, וחזרה הביתה לפני הגשם.",
    ),
    "hi": (
        "सुबह ठंडी थी, लेकिन पहाड़ियों के ऊपर सूरज निकल आया।",
        "उसने खिड़की खोली और बगीचे में पक्षियों की आवाज़ सुनी।",
        "फिर वह शहर गई, बाज़ार से रोटी और फल ख़रीदे, और बारिश से पहले घर लौट आई।",
    ),
    "it": (
        "La mattina era fredda, ma il sole spuntò sopra le colline.",
        "Lei aprì la finestra e ascoltò gli uccelli nel giardino.",
        "Poi scese in paese, comprò pane e frutta al mercato e tornò a casa prima della pioggia.",
    ),
    "ja": (
        "朝は寒かったが、丘の上に太陽が出てきた。",
        "彼女は窓を開けて、庭の鳥の声を聞いた。",
        "それから町へ下りて、市場でパンと果物を買い、雨が降る前に家に帰った。",
    ),
    "ko": (
        "아침은 추웠지만 언덕 위로 해가 떠올랐다.",
        "그녀는 창문을 열고 정원의 새소리를 들었다.",
        "그러고 나서 마을로 내려가 시장에서 빵과 과일을 사고 비가 오기 전에 집으로 돌아왔다.",
    ),
    "ms": (
        "Pagi itu sejuk, tetapi matahari muncul di atas bukit.",
        "Dia membuka tingkap dan mendengar burung di taman.",
        "Kemudian dia turun ke bandar, membeli roti dan buah di pasar, dan pulang sebelum hujan.",
    ),
    "nl": (
        "De ochtend was koud, maar boven de heuvels kwam de zon tevoorschijn.",
        "Zij opende het raam en luisterde naar de vogels in de tuin.",
        "Daarna liep ze naar het dorp, kocht op de markt brood en fruit en was voor de regen weer thuis.",
    ),
    "no": (
        "Morgenen var kald, men solen kom fram over åsene.",
        "Hun åpnet vinduet og lyttet til fuglene i hagen.",
        "Etterpå gikk hun ned til byen, kjøpte brød og frukt på torget og var hjemme igjen før regnet.",
    ),
    "pl": (
        "Poranek był zimny, ale nad wzgórzami wyszło słońce.",
        "Otworzyła okno i słuchała ptaków w ogrodzie.",
        "Potem zeszła do miasta, kupiła na targu chleb i owoce i wróciła do domu przed deszczem.",
    ),
    "pt": (
        "A manhã estava fria, mas o sol apareceu sobre as colinas.",
        "Ela abriu a janela e ouviu os pássaros no jardim.",
        "Depois desceu até a cidade, comprou pão e frutas no mercado e voltou para casa antes da chuva.",
    ),
    "ru": (
        "Утро было холодным, но над холмами взошло солнце.",
        "Она открыла окно и слушала птиц в саду.",
        "Потом она спустилась в город, купила на рынке хлеб и фрукты и вернулась домой до дождя.",
    ),
    "sv": (
        "Morgonen var kall, men solen steg upp över kullarna.",
        "Hon öppnade fönstret och lyssnade på fåglarna i trädgården.",
        "Sedan gick hon ner till staden, köpte bröd och frukt på torget och var hemma igen före regnet.",
    ),
    "sw": (
        "Asubuhi ilikuwa baridi, lakini jua lilichomoza juu ya vilima.",
        "Alifungua dirisha na kusikiliza ndege bustanini.",
        "Kisha alishuka mjini, akanunua mkate na matunda sokoni, na kurudi nyumbani kabla ya mvua.",
    ),
    "tr": (
        "Sabah soğuktu, ama güneş tepelerin üzerinde doğdu.",
        "Pencereyi açtı ve bahçedeki kuşları dinledi.",
        "Sonra kasabaya indi, pazardan ekmek ve meyve aldı ve yağmurdan önce eve döndü.",
    ),
    "zh": (
        "早上很冷，但是太阳从山上升起来了。",
        "她打开窗户，听着花园里的鸟叫声。",
        "后来她走到城里，在市场买了一些面包和水果，在下雨以前回到了家。",
    ),
}
"""Sentences of different lengths, about twelve seconds: a voice that is measured speaks them before its first."""


def sample_sentences(language: str | None) -> tuple[str, ...]:
    """Return the sentences of a language (BCP-47); the English ones for another or an unknown language."""
    return SAMPLE_SENTENCES[best_tag(language or "en", SAMPLE_SENTENCES) or "en"]
