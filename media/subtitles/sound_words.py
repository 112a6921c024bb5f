"""Words by which a description of sounds, or of how words are said, is known from words that are spoken."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import pairwise

from ...text.sounds import sound_name

_STEMS = """
en: applaud applause audience bangs~ banging bark beep bell~ bells blar~ blaring blares blast~ blasting
 bleat bleep boo~ boom booing boos breath bubbling~ burp buzz cackl caw~ caws chant chatter cheer chew chime chiming
 chirp chitter chok~ choke choking chuckl clack clamor clamour clang clank clap clatter clear~ clears click clink
 clunk coo~ cooing coos commotion cough cracks~ crackl crash creak cries crosstalk crow~ crowd crunch cry~ crying
 cluck dings~ dinging~ distort door~ doors doorbell drip drone~ droning drum drumroll echo~ echoes~ echoing~ engine~
 engines~ exclaim exhal explod explosion explosions fad~ fade fades fanfare farts~ flushes~ flushing~ firing~
 footstep gagging gasp gibber giggl grow~ growl groan grunt gulp gunfire gunshot gurgl grumbl guffaw guns~ harrumph
 heavily hesitat hiccup hiss honk hoot hovering~ howl hum~ hums humming hysterical imitat inaudibl indistinct inhal
 instrumental jangl jeer jingl kiss knock laugh mimic moan moo~ mooing moos mouthing~ muffled~ mumbl murmur music~
 musical~ mutter neigh oink orchestra panting pants~ patters~ pattering powering~ pounding~ purr quack radio~ rattl
 retch revs revving ring~ ringing rings ringtone roar rumbl rustl scoff scrap~ scraping screech scream shatter
 shiver shout shriek shudder shush shutter sigh silence singing siren sizzl slam~ slams slamming slurp smack smooch
 snap~ snaps snarl sneez snicker sniff snor snort sob~ sobs sobbing song~ songs speaking~ speaks~ spit~ spits splash
 splutter squawk squeak squeal stammer static~ stomp straining~ stutter swoosh tearful telephone thud thump thunder
 tick~ ticking ticks titter toll~ tolling tolls typing~ trill tut~ tuts tutting tweet unintelligible urinat
 vocaliz vomit wail warbl wheez whimper whinn whir~ whirr whirring whirs whisper whistl whoop whoosh yap~ yapping
 yawn yell yelp zap~ zaps zip~ zips
es: abuche aclara~ acelera aplau aullando~ aúlla~ arma~ balbuce bocina bosteza bufa bufido campan canción~ cantan~
 carcajad carraspe chapot charla chasqu chill chirri clic~ cruj cuchiche disparo eructa estallid estática estornud
 explos exhala gemi gim~ gime gimen golpe grit~ grita gritando grito gritos gruñ inhala jade ladr llant llor maúll
 mormull murmull murmura música pasos~ pitid portazo puerta relinch resopl respir ríe~ ríen~ risa ris~ risas riendo
 repic retumb risita rug~ ruge rugid ruido~ silb sirena solloz sonido~ suena~ suspir susurr tartamud teléfono~
 timbre~ titube tos~ tose tosiendo tintine traquete trinando~ trina~ trueno truena zumbid zumbando~ burla~ gote
fr: aboi applaud bafouill bâill bégai bip~ brouhaha chanson~ chante~ chuchot claqu~ claquement clic~ cloche~ cri~
 crie~ crient~ crissement cris~ éclabouss éternu étouff explos fanfare gémi glouss grésill grince grogn halèt hurl
 inspire~ expire~ jappe klaxon marmonn mélodie miaul murmur musique pleur renifl respir ricane rire~ rires~ rit~
 rient~ riant~ ronfl rugi sanglot siffl siren sirène sonn~ sonne~ sonnerie soupir souffl tonnerre tousse toux~
 vibre~ vrombi
de: applaus ächz atmet~ atmen~ beifall bellt bellen~ brüll donner dröhn dudel explos fauch flüster fernseh gähn
 gähnt geläut gelächt gemurmel geräusch geschrei glocke grölt grunz gurgel hämmer halblaut hupe hupen~ hupt~ hust
 hustet jaul jubel kichern kichert keuch klatsch klingel~ klingelt klirr klopf knall knarr knistern kreisch krächz
 lach~ lachen~ lacht~ lachend lauter~ leise~ gesang~ maunz miau motor~ murmel musik niest~ piepst piepen~ piept~
 pfeif plätscher poltern~ prasselt quietsch räusper rauschen~ rülps ruft~ rufen~ schluchz schmatz schnarch schnauf
 schnaub schnief schniff schreit~ schreien~ schrei~ schritte~ schuss schüsse seufz singt~ singen~ sirene sprich~
 spricht~ stammel stimmengewirr stöhn stott summt~ summen~ telefon~ ticken~ tickt~ trommel tür~ vogelgezwitscher
 weint~ weinen~ wiehert wimmer zischt zwitscher
it: abbai applau balbett bisbigl boato~ campan canta~ cantano~ canzone~ cigol clacson clic~ colpi~ espir esplos
 fischi fruscio gemit gorgogli grid~ grida gridano~ grido~ grugn inspir mormor musica miagol mugol nitrisc passi~
 piang pianto~ porta~ ringhi ridono~ ridendo~ risa~ risate~ risatin ronz rombo~ ruggi russa~ sbuff scricchiol
 schianto silenzio~ singhioz sirena sospir sparo~ spari~ squill starnut stride sussurr tosse~ tossisc trambusto
 tuono~ urla~ urlano~ vociare~ voci~
pt: aplaus arfa~ arfando assobi balbuci barulho~ batida~ bate~ berra boceja buzina campainha canta~ cantando~
 canção~ chora choro~ chorando clique~ estrondo explos expira funga~ gagueja gargalh gem~ geme~ gemid grit~ grita
 grito~ gritos~ gritando~ grunhi inspira latido latindo~ miado mugid murmur música ofega passos~ pigarre porta~
 relinch resmung respira rindo~ riso~ risos~ risada risadas ronca~ rosna rugid ruíd silêncio~ sirene soluça~ soluço~
 soluçando suspir sussurr tiro~ tiros~ tosse~ tossind trovão~ trovões~ uiva vaia vozes~ zumbi
nl: applaus blaf blaft bonst~ deur~ deurbel donder explos fluister gefluister gegiechel gejuich gelach geluid~
 geroezemoes geschreeuw getik giechel gilt~ grinnik grom~ gromt hijg hoest huil~ huilt~ huilen~ hinnik juich kerm
 klap~ klapt~ klopt~ kloppen~ kraak kreunt kreun kucht lach~ lacht~ lachen~ lied~ miauw mompel muziek niest~ piept~
 rinkel roept~ schot~ schoten~ schreeuw sirene sist~ snik snikt snuift snurk sprekt~ spreekt~ stilte~ stottert
 telefoon~ toeter voetstappen zing~ zingt~ zingen~ zoem zucht
sv: andas~ applåd bjällr bjuder~ bultar~ dörr~ dunkar~ dunsar~ explos fniss flämt fnys frust~ gnäggar gnissl gnyr~
 gråt~ gråter~ gurgl gäspar harklar hostar hosta~ jamar jubel klingar klockor~ knackar knackning knakar knarr kvitt
 kvittr kvider~ mumlar muller mullrar musik morrar nynnar nyser~ piper~ ringer~ ropar~ rosslar skall~ skäller~
 skott~ skrattar skratt~ skrik skriker~ skrattande sirener snarkar snyft sorlar sorl~ spelar~ stammar stönar suckar
 suck~ surrar susar~ tjuter~ tutar~ viskar viskn visslar vrål~ åska~
da: applaus banker~ brøler~ dør~ fniser~ gaber~ gisper~ græder~ griner~ gryntr hoster~ hvisker hyler~ jubel klokke~
 klapper~ knurr latter~ mumler musik nyser~ pibe~ puster~ ringer~ råber~ rømmer~ skrig~ skriger~ skud~ snorker~
 stønner~ sukker~ synger~ telefon~
no: applaus banker~ bjeff~ bjeffer~ dør~ fniser~ gisper~ gjesper~ gråter~ hoster~ hulker~ hvisker jubel kremter~
 latter~ mumler musikk nyser~ plystrer ringer~ roper~ skrik~ skriker~ skudd~ snorker~ snufser~ stønner~ sukker~
 synger~ telefon~
fi: aplodit haukkuu haukottelee hengittää huokaa huutaa huutaja itkee~ kello~ kikat kolahtaa koputta kuiska kuiskaa
 laulaa~ melu~ mumisee musiikki nauraa~ naurua~ nyyhk ovi~ puhelin~ puhuu~ sireen soi~ taputta ulvoo vihelt voihk
 yskii
pl: aplauz brawa brzęk burcz chichot chlipie chrapie chrząka dyszy dzwon~ dzwoni~ dzwonek~ eksploz gong~ grzmot
 grzmi~ gwiżdż gwizd hałas jęk jęczy~ kaszl kicha~ klaska klaps~ kroki~ krzyk krzyczy~ łka~ miauczy mlask mruczy~
 mamrocz muzyk okrzyk oklask oddycha parska piosenk pisk piszczy płacz pukani puka~ ryczy~ sapie~ skrzyp strzał
 stęka syczy~ syren szczek szept szepcz szloch śmiech śmieje~ śmiej śpiew telefon~ trzask trzaska tyka~ warcz wrzask
 wzdych westchn wybuch~ ziewa
cs: bouchnut brečí~ bouře~ chechtá chichot chrápe dveře~ hudb hvízd jásot kašle kroky~ křičí~ křik~ kýchá mručí
 mumlá píseň~ pláč~ pláče~ potlesk povzdech pískot šeptá siréna skřípe smích~ směje~ směj~ smrká štěká sténá syčí~
 telefon~ tleská~ vrčí~ výbuch~ výstřel vzdech vzdych vzlyk zívá zpívá~ zvoní~ zvonek~ řve~
sk: dvere~ hudb kašle kričí~ kroky~ plače~ potlesk povzdych šepká smiech~ smeje~ stoná výstrel vzdych vzlyk zvoní~
 spieva~
hu: ajtó~ ásít csengő~ csörög csuklik énekel dörög dörömböl fütyül füttyent hörög kacag kiabál kiált kopog köhög
 krákog léptek~ liheg lövés motyog morog mormog nevet nyávog nyög nyöszörög prüsszent robban sikít sikolt sír~
 sóhajt suttog szirén szipog taps~ tapsol telefon~ ugat ujjong üvölt zene~ zenél zokog
ro: aplauz cântă~ fluieră geme~ gâfâie latră~ mormăie muzic plânge~ pocnet râde~ râset răget sforăie sirenă soneri
 suspin șopte strănut strigă~ țipă~ țipăt tușe ușă~ oftează
tr: alkış ağlar~ ağlama ağlıyor anlaşılmaz~ bağır çığlık fısıl gök_gürültüsü~ gülme güler~ gülüş gülüyor hapşır
 havla hıçkır homurdan horla inle~ inleme iç_çeker~ iç_çekme~ iç_çekiyor~ kahkaha kapı~ kıkırda mırılda miyav müzi
 nefes~ öksür patlama~ siren~ ıslık şarkı~ tezahürat telefon~ zil~
ru: аплоди бормоч бормот вздох вздых визг визж вой~ воет~ возглас всхлип выстрел гавка гонг~ грохот гром~ гудит~
 гудок~ гудки~ гул~ дверь~ двери~ дверной~ дыш~ дышит дыхание~ жужж звон~ звонит~ звонок~ звук~ звуки~ зевает зева
 зовет~ икает интригующ ирони кашл кашел~ кричит~ кричат~ крик~ крики~ лает~ лай~ лязг мелоди музык мурлы мыч мяу
 мяук напев~ невнятн неразборчив овации плач~ плачет~ поет~ поёт~ пение~ песн писк~ пищит рёв~ рев~ ревет рыда рыч
 свист~ свисти сирен~ сирены скрип скулит смех~ смеет~ смею~ смеётся~ смеются~ хохоч хохот сморка сопит стон~ стонет
 стонут стук~ стучит~ тишин топот~ треск тяжело~ ухмыл фыркает фырк хихик храп хлоп хрип чихает чих~ шаги~ шелест
 шепот~ шепч шёпот~ шипит щелч шум~ эхо~ взрыв~ взрывы~
uk: аплодис бурмоч вереск вибух~ видих вдих гавка гомін~ грім~ гуркіт двері~ дзвін~ дзвон~ дзвонить~ зітх кашля
 кричить~ кричать~ крик~ кроки~ мугик музик нявк плач~ плаче~ постріл ридає рик~ сирен~ сміх~ сміється~ сміються~
 співає~ спів~ стогн стогін~ стукіт~ схлип свист~ хихик хропе чхає шепіт~ шепоч шум~ пісня~
bg: аплоди въздиша вика~ вратата~ въздишка изстрел кашля крещи музика плаче~ смее~ смях~ стене~ шепне~ шепот~ пее~
 звъни~
sr: аплауз музика aplauz muzika smeh~ uzdah šapuć vrišti plače~ kašlj lavež koraci~ pjeva~ peva~ jeca~ pucanj
 vrata~ uzdiše smije~ smeje~ glazba škripi zvoni~ виче~ смеје~ уздише плаче~
el: αναστενάζ βήχει~ βήχας γαβγ γελά γέλιο~ γέλια~ γρυλίζ κλαίει~ κλάμα~ κουδούνι~ κραυγ μουγκρ μουσικ μουρμουρ
 ουρλιάζ πυροβολισμ σειρήν σφυρίζ τηλέφωνο~ τραγουδ φωνάζ χειροκροτ χτύπ ψιθυρ πόρτα~ βήματα~ φταρνίζ
vi: âm_nhạc~ cười~ khóc~ nhạc~ hắt_hơi~ la_hét~ thì_thầm~ thở_dài~ vỗ_tay~ huýt_sáo~ gõ_cửa~ rên_rỉ~ tiếng_cười~
 tiếng_động~
id: bertepuk berdesis berteriak berbisik bergumam bernyanyi~ batuk~ bersin~ dengkur gemuruh ketukan kicau lagu~
 langkah~ ledakan menangis~ mendesah mengerang menguap menjerit musik tawa~ tertawa tembakan~ tepuk_tangan~ terengah
 terisak
ar: موسيقى ضحك ضحكات يضحك تضحك يضحكون تصفيق تنهد يتنهد تتنهد بكاء يبكي تبكي صراخ يصرخ تصرخ سعال يسعل همس يهمس تهمس
 صوت~ أصوات طرق~ رنين جرس هاتف~ إطلاق~ انفجار رعد نباح يشهق شهيق زفير أنين يئن أغنية يغني تغني هتاف صفير صافرة خطوات
 همهمة صمت~ يلهث
fa: موسیقی خنده می‌خندد میخندد آه~ گریه فریاد سرفه زمزمه نجوا تشویق صدا~ صدای تلفن~ شلیک انفجار رعد زنگ~ آواز سوت~
 سکوت
ur: موسیقی ہنسی ہنستا ہنستی تالیاں رونا چیخ کھانسی سرگوشی آہ~ دھماکہ دستک
he: מוזיקה מוסיקה צחוק צוחק צוחקת צוחקים מחיאות נאנח נאנחת אנחה בוכה בכי~ צועק צועקת צעקה צעקות צרחה צורח צורחת
 משתעל משתעלת שיעול לוחש לוחשת לחישה דפיקה דלת~ צלצול מצלצל טלפון~ ירייה יריות פיצוץ רעם~ נובח נביחה נביחות שר~ שרה~
 שירה~ שורק צעדים~ מתנשף גונח אנקה נוחר
hi: संगीत हँसी हंसी हँसते हंसते हँसता हंसता हँसना तालियाँ तालियां आह~ रोना~ रोते~ रोता~ रोती~ चीख चिल्ला खाँसी खांसी
 खाँस फुसफुसा दस्तक दरवाज़ा~ घंटी~ गोली~ धमाका सिसक गाना~ गीत~ सीटी~ भौंक साँस~ सांस~ आवाज़~
"""
_SPACELESS_STEMS = """
ja: 拍手 笑 音楽 歌声 歌~ 曲~ 音~ 溜息 ため息 溜め息 息切れ 荒い息 咳 くしゃみ 泣き 泣く すすり 叫 悲鳴 怒鳴 ささや
 囁 小声 うめ うなり いびき あくび 口笛 ノック 足音 銃声 爆発 雷鳴 鳴き声 ほえ 吠 サイレン ベル チャイム 着信 電話~
 ざわめ 歓声 どよめ 喝采 沈黙 鼻歌 息をの 息を吐 息遣い 舌打ち 物音 アナウンス
zh: 音乐 音樂 掌声 掌聲 鼓掌 笑 叹气 嘆氣 叹息 嘆息 哭 抽泣 尖叫 大叫 大喊 喊叫 呼喊 咳嗽 喷嚏 噴嚏 耳语 耳語 低语
 低語 小声 小聲 敲门 敲門 门铃 門鈴 铃声 鈴聲 电话铃 電話鈴 枪声 槍聲 爆炸 雷声 雷聲 犬吠 狗叫 脚步声 腳步聲 警笛
 口哨 歌声 歌聲 唱歌 欢呼 歡呼 喘息 喘气 喘氣 呻吟 惊呼 驚呼 沉默 呼噜 打鼾 哈欠 清嗓 噪音 嘈杂 嘈雜
ko: 음악 웃음 웃는 웃으며 웃는다 박수 한숨 울음 흐느 우는 비명 소리~ 고함 외치 외침 기침 재채기 속삭 노크 초인종
 전화벨 총성 폭발 천둥 개_짖는 발소리 발걸음 사이렌 휘파람 노래 환호 헐떡 신음 침묵 하품 코골이 헛기침 중얼
th: ดนตรี เพลง หัวเราะ ปรบมือ ถอนหายใจ ร้องไห้ กรีดร้อง ตะโกน ไอ~ จาม~ กระซิบ เสียง เคาะประตู โทรศัพท์~ ระเบิด ฟ้าร้อง
 ไซเรน ผิวปาก ร้องเพลง หอบ คราง สะอื้น พึมพำ
"""
"""A stem is found at the start of a word, or anywhere in a text without spaces between words. With `~` it is a whole
word, or the whole text."""
_MANNERS = re.compile(
    r"(?:in|speaks|speaking|auf|en|em|på|po|w|по|на) (?:\w+ )?(?:arab|cantones|chin|deutsch|engl|englisch|españ|espan|"
    r"franç|franc|fren|german|grie|greek|hebr|hindi|holl|ingl|ital|jap|kore|latin|mandarin|niem|native|pol|port|rus|span|swed|thai|"
    r"turk|ukr|англ|нем|фран|рус|исп)\w*"
    r"|(?:\w+ ){0,3}(?:on|over|through|via|into|from|off)[ -](?:the )?(?:\w+ )?(?:p\.?a\.?|phone|cell ?phone|mobile|tv|"
    r"television|radio|speakers?|speakerphone|intercom|screen|mic|microphone|headset|headphones|earpiece|loudspeaker|"
    r"megaphone|comms?|recording|recorder|video|tape|laptop|monitor|voicemail|answering machine|camera|stage)"
    r"|(?:\w+ ){0,2}(?:am|über|im) (?:telefon|funk|radio|fernsehen|tv|lautsprecher|handy|off)"
    r"|(?:\w+ ){0,2}(?:por|en|no|na|ao|pelo|pela) (?:el |la )?(?:teléfono|telefone|radio|rádio|tv|televisión|televisão|"
    r"altavoz|alto-falante|megafonía|intercomunicador)"
    r"|(?:\w+ ){0,2}(?:à|au|par|en|dans) (?:la |le )?(?:téléphone|radio|télé|tv|haut-parleur|interphone|off)"
    r"|(?:\w+ ){0,2}(?:al|alla|per) (?:telefono|radio|tv|altoparlante|citofono)"
    r"|(?:v\.?\s?o\.?|o\.?\s?[sc]\.?|voice-?over|voix off|voz en off|video|audio|trailer|off|cont['’]?d\.?|"
    r"continuing|beat|pause)"
    r"|(?:angri|awkward|bitter|breathless|calm|cheeri|cold|deep|desperate|dramatic|dri|dry|excited|faint|firm|frantic|gent|happi|"
    r"heavi|hoarse|hysterical|incoherent|indistinct|light|loud|maniacal|mocking|nervous|normal|playful|quick|quiet|rhythmic|sad|"
    r"sarcastic|sharp|sleepi|slow|soft|stern|tearful|weak|wry)ly|sotto voce|singsong|normal voice"
    r"|.{1,60} (?:play(?:s|ing)(?: \w+)?|continues?|fades?|stops?)",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_ACCENTS = re.compile("[\u0300-\u036f]")
_MIN_STEM_CHARS = 4
_SENTENCE = re.compile(r"[?!。？！;=<>]|[^\W\d_]{4}[.…]\s*\S|\d\s*[%+*/^]")
_MAX_WORDS = 8
_MAX_CHARS = 80
_MAX_SPACELESS_CHARS = 14


def _form(text: str) -> str:
    """Return a text in lower case, without accents."""
    return _ACCENTS.sub("", unicodedata.normalize("NFD", text.casefold()))


def _stems(table: str) -> tuple[frozenset[str], frozenset[str]]:
    words = [word.replace("_", " ") for word in _form(re.sub(r"(?m)^\w+:", "", table)).split()]
    return frozenset(word.rstrip("~") for word in words if "~" in word), frozenset(
        word for word in words if "~" not in word
    )


_WHOLE, _STARTS = _stems(_STEMS)
_SPACELESS_WHOLE, _INSIDE = _stems(_SPACELESS_STEMS)
_SPACELESS = re.compile("|".join(map(re.escape, sorted(_INSIDE, key=len, reverse=True))))
_SPACELESS_ENDS = ("音", "声", "聲", "소리")
_MAX_STEM_CHARS = max(map(len, _STARTS))


def _is_sound_word(word: str) -> bool:
    if word in _WHOLE or word in _STARTS:
        return True
    return any(word[:length] in _STARTS for length in range(_MIN_STEM_CHARS, min(len(word), _MAX_STEM_CHARS) + 1))


@lru_cache(maxsize=4096)
def is_description(words: str) -> bool:
    """Return whether the content of a bracket describes a sound, or how words are said, in a known language.

    `Door slams`, `laughs softly`, `ON PHONE`, `in Spanish`, `拍手`, `música suave`.
    """
    words = " ".join(words.split()).strip(" .…,:-–—~*#\"“”'")
    if not words or len(words) > _MAX_CHARS:
        return False
    if sound_name(words) or _MANNERS.fullmatch(words):
        return True
    if _SENTENCE.search(words):
        return False
    form = _form(words)
    is_spaceless_sound = form in _SPACELESS_WHOLE or form.endswith(_SPACELESS_ENDS) or _SPACELESS.search(form)
    if len(form) <= _MAX_SPACELESS_CHARS and is_spaceless_sound:
        return True
    found = _WORD.findall(form)
    if len(found) > _MAX_WORDS:
        return False
    pairs = (f"{first} {second}" for first, second in pairwise(found))
    return any(map(_is_sound_word, found)) or any(pair in _WHOLE for pair in pairs)
