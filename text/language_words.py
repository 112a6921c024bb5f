"""Frequent words of languages in Latin, Cyrillic and Arabic letters, by which a sentence's language is recognized."""

from __future__ import annotations

FREQUENT_WORDS: dict[str, str] = {
    "ca": "el la els les un una i de del dels que és són era no amb per a al com més molt però també on quan aquest "
    "aquesta això meva seva tinc té fer està hi ha bon dia gràcies sí adéu qui jo tu ella nosaltres ens hem "
    "van va",
    "cs": "a je se na to že v z do s jsem jsi jsou byl byla bylo ale jak co když kde pro po od jako ještě už není "
    "ten ta tento tato mám máme má jste dobrý den děkuji ano ne prosím velmi který která které jeho její bude "
    "můžete",
    "da": "og er det at en et den de der som ikke jeg du han hun vi i på til af med for har var kan skal vil men "
    "også hvad hvor hvorfor hvordan fra om efter meget god dag tak ja nej blev mig dig hej noget nu været",
    "de": "der die das den dem des ein eine einen einem einer und oder aber ist sind war waren wird wurde ich du er "
    "sie es wir ihr nicht kein keine mit von zu zum zur auf für im in an am bei nach aus über unter vor wenn "
    "dass wie was wer wo warum auch noch nur schon sehr hier heute morgen gut guten tag danke bitte ja nein "
    "haben hat habe kann mein meine dein sein seine uns euch sich als hallo wieder dann doch tschüss "
    "willkommen",
    "en": "the a an and or but is are was were be been i you he she it we they not no yes with of to in on at for "
    "from by this that these those what who where when why how his her its our their my your me him them us do "
    "does did have has had will would can could should there here if then than so as about into over after "
    "before more very just good morning hello thank thanks please welcome all some one out up goodbye okay let "
    "let's i'm it's don't that's",
    "es": "el la los las un una unos unas y o pero es son era fue está están ser yo tú él ella nosotros ellos no sí "
    "con de del al a en por para que qué quién dónde cuándo cómo porque su sus mi mis tu lo le les se me te "
    "nos muy más ya también cuando como si este esta esto ese esa hay hola buenos buenas días gracias adiós "
    "todo todos hoy mañana ha he había tiene tengo hasta sobre entre sin donde bien usted puede",
    "et": "ja on ei see et ma sa ta me te nad oli kui ka aga mis kes kus kuidas miks veel väga siis oma seda selle "
    "mu minu sinu tere aitäh palun jah tema olen oled oleme ole kas siin seal nüüd tänan",
    "fi": "ja on ei se että en hän minä sinä me te he oli kun myös mutta mikä kuka missä miten miksi vielä hyvin "
    "sitten oma tämä tuo ovat olen olet olemme ole kiitos hyvää huomenta päivää kyllä joka jos niin kuin nyt "
    "hei anteeksi",
    "fr": "le la les un une des du de et ou mais est sont était c'est ce cet cette ces il elle nous vous ils elles "
    "je tu on ne pas non oui avec dans sur sous pour par en au aux que qui quoi où quand comment pourquoi son "
    "sa ses mon ma mes ton ta votre notre leur lui se me te y a ai as avons avez ont être avoir très plus bien "
    "aussi bonjour bonsoir merci salut tout tous toute si comme alors puis chez sans j'ai d'un d'une qu'il "
    "qu'elle l'on aujourd'hui s'il plaît voilà voici été fait ça va",
    "hr": "i je se na da u s su sam si smo ste bio bila bilo ali kako što kad kada gdje za po od kao još već nije "
    "taj ta to ovaj ova imam ima imamo dobar dan hvala ne molim vrlo koji koja koje njegov njezin će mogu "
    "jesam iz danas",
    "hu": "a az és egy nem is hogy van volt ez azt de ha meg csak már én te ő mi ti ők mint még most itt ott nagyon "
    "lesz lehet kell jó napot köszönöm igen kérem mit ki hol hogyan miért vagyok vagy vannak minden után szia",
    "id": "yang dan di ke dari ini itu dengan untuk tidak adalah saya kamu anda dia kami kita mereka akan sudah ada "
    "pada juga bisa karena tetapi atau apa siapa mana bagaimana mengapa sangat selamat pagi terima kasih ya "
    "bukan lagi sebuah oleh telah dalam seperti lebih orang",
    "it": "il lo la i gli le un uno una e o ma è sono era erano sei siamo io tu lui lei noi voi loro non no sì con "
    "di del della dei delle degli al alla ai alle da dal dalla dello dell in nel nella su sul sulla per che "
    "chi cosa dove quando come perché suo sua mio mia tuo tua mi ti ci vi si ha ho hai abbiamo hanno molto più "
    "bene anche buongiorno buonasera grazie ciao questo questa quello quella tutto tutti se poi oggi domani "
    "ancora già prego po c'è dell'anno l'ho benvenuti",
    "lt": "ir yra ne tai kad su į iš aš tu jis ji mes jūs jie buvo bet kaip kas kur kodėl dar labai man tavo mano "
    "jau ačiū prašom taip labas diena šis ši per apie nuo būti gali ar",
    "lv": "un ir ne tas ka ar no es tu viņš viņa mēs jūs viņi bija bet kā kas kur kāpēc vēl ļoti man tavs mans jau "
    "paldies lūdzu jā labdien šis šī par pēc būt var vai uz",
    "nl": "de het een en of maar is zijn was waren ik jij je hij zij ze wij we u niet geen met van te naar op voor "
    "in aan bij uit over onder als dat dit die deze wat wie waar wanneer waarom hoe ook nog wel al zeer heel "
    "hier vandaag morgen goed goede goedemorgen dag dank bedankt dankjewel ja nee heb hebt heeft hebben kan "
    "kunnen zal mijn jouw haar ons onze hun er dan toen werd worden naar hallo alstublieft welkom",
    "no": "og er det at en et den de der som ikke jeg du han hun vi i på til av med for har var kan skal vil men "
    "også hva hvor hvorfor hvordan fra om etter veldig god dag takk ja nei ble meg deg noe nå vært hei bare "
    "eller",
    "pl": "i w na z do się nie to że jest są był była było ale jak co kto gdzie kiedy dlaczego dla po od jako "
    "jeszcze już ten ta te tego mam ma mamy jestem jesteś dzień dobry dziękuję tak proszę bardzo który która "
    "które jego jej będzie może czy przed przez ja ty on ona my wy oni cześć tylko",
    "pt": "o a os as um uma uns umas e ou mas é são era foi está estão eu tu ele ela nós eles elas você vocês não "
    "sim com de do da dos das ao à em no na nos nas por para pelo pela que quem onde quando como porque seu "
    "sua meu minha me te se lhe muito mais já também bom boa dia noite obrigado obrigada olá tudo todos isto "
    "isso este esta tem tenho ter hoje amanhã até sobre entre sem há depois bem tchau",
    "ro": "și si este sunt era nu da cu de la în pe din un o al ai ale că ce cine unde când cum eu tu el ea noi voi "
    "ei dar sau foarte mai pentru prin după care acest această bună ziua mulțumesc vă rog am are avem fi fost "
    "lui",
    "sk": "a je sa na to že v z do s som si sú bol bola bolo ale ako čo keď kde pre po od ešte už nie ten tá tento "
    "táto mám máme má ste dobrý deň ďakujem áno prosím veľmi ktorý ktorá ktoré jeho jej bude môžete",
    "sl": "in je se na da v s so sem si smo ste bil bila bilo ampak kako kaj ko kdaj kje za po od kot še že ni ta to "
    "tega imam ima imamo dober dan hvala ne prosim zelo ki njegov njen bo lahko iz danes",
    "sv": "och är det att en ett den de som inte jag du han hon vi i på till av med för har var kan ska skall vill "
    "men också vad var varför hur från om efter mycket god dag tack ja nej blev mig dig något nu hej eller där "
    "här",
    "sw": "na ya wa kwa ni la za katika hii hiyo huu hilo si sana lakini kama nini nani wapi lini mimi wewe yeye "
    "sisi asante habari ndiyo hapana baada kabla kuwa alikuwa ilikuwa yake yangu pia",
    "tr": "bir ve bu da de için ile çok ne ben sen o biz siz onlar değil var yok ama gibi daha en kim nerede nasıl "
    "neden evet hayır teşekkür ederim günaydın merhaba lütfen olarak sonra önce kadar her şey mı mi mu mü iyi "
    "bugün",
    "vi": "là và của có không được một những các cho với người này đó tôi bạn anh chị em chúng ta họ đã sẽ đang rất "
    "gì ai đâu khi nào sao vì nhưng hay cũng cảm ơn xin chào vâng ở trong ra đi lại thì mà",
    "bg": "и в на не се да за от с е са съм си ще по че това тази този тя той аз ти ние вие те как какво къде кога "
    "защо но или също много добър ден благодаря моля беше бях има няма който която",
    "ru": "и в на не что с как это по но из у за от же к я ты он она мы вы они был была было быть есть нет да так "
    "его её мне меня вас очень где когда почему кто для до или ещё уже если бы доброе утро спасибо привет "
    "пожалуйста здравствуйте этот эта который",
    "sr": "и у је се на да с су сам си смо сте био била било али како шта кад када где за по од као још већ није тај "
    "та то овај имам има добар дан хвала не молим врло који која које",
    "uk": "і й в у на не що з як це по але із за від до я ти він вона ми ви вони був була було бути є немає так його "
    "її мені мене вас дуже де коли чому хто для або ще вже якщо доброго ранку дякую привіт будь ласка цей ця "
    "який та",
    "ar": "في من على إلى أن هذا هذه التي الذي لا ما هو هي كان كانت مع عن كل لم قد ثم أو بعد قبل أنا أنت نحن هل نعم "
    "شكرا",
    "fa": "در از به که این آن را با است برای و یک هم تا بود شد می من تو او ما شما آنها نه بله خیلی سلام ممنون چه",
    "ur": "ہے کے کی کا میں اور سے کو نے پر یہ وہ ہیں تھا تھی نہیں ایک بھی کیا ہم آپ جو تو شکریہ",
    "hi": "है हैं का की के में और से को ने पर यह वह था थी थे नहीं एक भी क्या मैं हम आप जो तो कि हो गया",
    "mr": "आहे आहेत आणि हे तो ती होते होता होती नाही एक मी आम्ही तुम्ही काय पण मध्ये साठी या च्या",
    "ne": "छ छन् को मा र हो हुन्छ थियो यो त्यो छैन एक म हामी तपाईं के पनि लाई बाट गर्न",
}
"""Words in lower case. What several languages share counts less."""

OWN_LETTERS: dict[str, str] = {
    "ca": "ŀçòàèï",
    "cs": "řěůčšžýňť",
    "da": "æøå",
    "de": "ßäöü",
    "es": "ñ¿¡",
    "et": "õäü",
    "fi": "äö",
    "fr": "œéèêàçùî",
    "hr": "ćčšžđ",
    "hu": "őűáö",
    "it": "èàòù",
    "lt": "ėįųšžč",
    "lv": "ļņķģāīū",
    "no": "æøå",
    "pl": "łżźćśńąę",
    "pt": "ãõçêâ",
    "ro": "țșăâî",
    "sk": "ľĺŕčšžýňť",
    "sl": "čšž",
    "sv": "åäö",
    "tr": "ğışçöü",
    "vi": "ơưạảấầẩậắằẵặẹẻẽếềểệỉịọỏốồổộớờởợụủứừửữựỳỵỷỹđ",
    "bg": "ъ",
    "ru": "ыэё",
    "sr": "јљњћђџ",
    "uk": "іїєґ",
    "fa": "پچژگ",
    "ur": "ٹڈڑےںہ",
    "mr": "ळ",
}
"""Letters and marks that point to a language. What several languages share counts less."""
