"""Words before a colon or in brackets: those that name a speaker, and those that are text."""

from __future__ import annotations

import re

from ...text.verbalize.rule import word_set

ROLES = word_set(
    """
    man woman boy girl guy kid kids child children men women crowd all both everyone narrator announcer reporter
    interviewer interviewee host hostess anchor newscaster newsreader voice voiceover officer policeman policewoman
    cop doctor nurse driver pilot soldier guard waiter waitress teacher student students professor speaker audience
    chorus clerk judge lawyer moderator operator dispatcher bartender agent attendant singer commentator presenter
    captain sergeant customer passenger protester receptionist secretary translator interpreter actor actress
    caller computer robot male female auctioneer investigator hombre hombres mujer mujeres niño niña niños narrador
    narradora locutor locutora todos todas ambos voz reportero reportera presentador presentadora periodista médico
    profesor profesora policía moderador moderadora conductor homme hommes femme femmes garçon fille enfant tous
    toutes narrateur narratrice voix journaliste policier présentateur mann männer frau frauen junge mädchen kind
    kinder alle beide mehrere erzähler erzählerin sprecher sprecherin stimme reporterin polizist polizistin arzt
    ärztin lehrer lehrerin moderatorin uomo uomini donna donne ragazzo ragazza bambino bambina tutti tutte entrambi
    narratore voce giornalista homem homens mulher mulheres menino menina narração repórter médica vrouw mannen
    vrouwen jongen meisje kinderen allen iedereen verteller stem kvinna kvinnor kvinne män menn pojke flicka
    flickor barn alla berättare fortæller forteller mand kvinde dreng pige gutt jente mies nainen poika tyttö
    kertoja kaikki mężczyzna kobieta chłopiec dziewczyna dziewczynka wszyscy oboje lektor głos muž žena chlapec
    dívka všichni vypravěč hlas férfi nő fiú lány gyerek mindenki narrátor bărbat femeie băiat fată toți adam kadın
    çocuk erkek kız herkes anlatıcı мужчина женщина мальчик девочка девушка парень диктор ведущий ведущая
    рассказчик все оба голос репортёр репортер учитель чоловік жінка хлопець хлопчик дівчина дівчинка оповідач усі
    обидва άνδρας γυναίκα αγόρι κορίτσι όλοι αφηγητής 男 女 男性 女性 少年 少女 一同 全員 ナレーター ナレーション
    男の声 女の声 アナウンサー 司会 記者 旁白 众人 眾人 男子 女子 男人 女人 男孩 女孩 主持人 记者 画外音 畫外音
    남자 여자 남성 여성 소년 소녀 해설 해설자 내레이션 내레이터 모두 기자 앵커 진행자 رجل امرأة ولد فتاة الراوي
    المذيع المعلق الجميع גבר אישה ילד ילדה קריין קריינית כולם आदमी औरत लड़का लड़की कथावाचक सभी ผู้ชาย ผู้หญิง ผู้บรรยาย
    ทุกคน مرد زن گوینده همه
    """
)
"""Speakers without a name, as `WOMAN:` and `(Polizist)`."""

ROLE_ADJECTIVES = word_set(
    """
    young old older male female first second another other automated recorded distant news tv radio
    """
)
"""Words that may precede a role: `OLD MAN`."""

REMARKS = word_set(
    """
    note notes warning caution tip tips hint example examples step question questions answer answers q a ps p.s nb
    n.b todo important remember fact facts myth myths result results title subject date time place location part
    chapter episode season lesson unit section summary conclusion translation subtitles subtitle captions caption
    sync corrections correction credits rule rules definition theorem proof lemma corollary exercise solution
    problem task goal goals plan day week month year total name address phone email e-mail website url http https
    html css sql xml json yaml api cpu gpu ram dna rna pdf faq pros cons left right top bottom input output error
    errors bug fix update breaking spoiler level round score option case attention danger reminder disclaimer
    source sources reference references figure fig table item point points key ok nota notas aviso advertencia
    atención consejo ejemplo ejemplos paso pregunta respuesta importante resultado título fecha lugar parte
    capítulo episodio lección resumen conclusión regla definición teorema demostración ejercicio solución problema
    remarque avertissement conseil exemple exemples étape réponse résultat titre lieu partie chapitre épisode leçon
    résumé règle définition théorème preuve exercice problème hinweis achtung warnung tipp beispiel beispiele
    schritt frage antwort wichtig ergebnis titel datum ort teil kapitel folge lektion zusammenfassung fazit regel
    satz beweis aufgabe lösung anmerkung übersetzung untertitel attenzione avviso consiglio esempio esempi passo
    domanda risposta risultato titolo luogo capitolo lezione riassunto regola esercizio soluzione atenção dica
    exemplo exemplos pergunta resposta lição resumo regra exercício solução tradução legendas opmerking
    waarschuwing voorbeeld stap vraag antwoord uwaga przykład krok pytanie odpowiedź ważne wynik rozdział napisy
    tłumaczenie внимание примечание пример шаг вопрос ответ важно итог вывод часть глава урок правило перевод
    субтитры увага приклад крок питання відповідь 注 注意 例 例えば 問題 答え 答 質問 回答 結論 結果 定義 定理 証明
    手順 時間 場所 例如 比如 问题 答案 问 结论 结果 定义 证明 證明 步骤 步驟 时间 地点 地點 译注 譯注 提示 字幕
    翻译 翻譯 下期视频 下期視頻 예 예시 주의 참고 질문 답 대답 결론 결과 정의 정리 증명 단계 문제 역자 역주 번역
    자막 مثال مثلا ملاحظة تنبيه سؤال جواب نتيجة المترجم ترجمة תרגום הערה דוגמה שאלה תשובה מסקנה כתוביות उदाहरण नोट
    प्रश्न उत्तर ตัวอย่าง หมายเหตุ คำถาม คำตอบ نکته سوال پاسخ نتیجه مترجم
    """
)
"""Words before a colon that are text: `NOTE: ...`, `Example: ...`."""

SMALL_WORDS = word_set(
    """
    mr mrs ms miss dr prof st jr sr sgt lt capt col gen van von der den de del della di da do dos du des la le el
    al bin ibn ben and y et und e i og och en the of in on voice
    """
)
"""Words that may be in lower case or title case in a name in capitals: `Dr. O'NEIL and BOB`."""

TITLES = word_set("mrs sgt cpl pvt cpt")
"""Words of three letters or more, without vowels, that are not abbreviations of things."""

SPEAKER_NUMBER = re.compile(
    r"(?:unknown ?)?(?:speaker|spk|sprecher(?:in)?|locuteur|intervenant|hablante|interlocutor|orador|parlante|falante|"
    r"спикер|говорящий|mówca|spreker|talare|puhuja|konuşmacı|pembicara|話者|发言人|發言人|说话人|說話人|화자|참석자|"
    r"המתדובב|דובר|المتحدث|متحدث|वक्ता|ผู้พูด)[\s_-]{0,2}#?(?:\d{1,3}|[a-z])",
    re.IGNORECASE,
)
"""A speaker that a program numbered: `SPEAKER_00`, `Speaker 2`."""
