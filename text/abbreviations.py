"""Abbreviations and sentence starters of European languages and Hindi in one list, case-folded.

The segmenter doesn't know the language. An abbreviation that is a common word in another of these languages is
missing
here, or counts only before a number.
"""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


TITLES = _words(
    """
    adm ald amb arq cc ee jj rr asst atty avda avv brig capt cel cmdr cnel col cpl ctra dipl-ing dott dña dr dra
    dres drs egr excmo
    exmo fr frl gen gén geom gov gral hon hrn ilmo lic licda lt maj messrs mgr mlle mlles mme mmes mons mr mrs ms mstr
    mt mx ofc pdte pres pvt prof profa proff pça pza plza rep reps rev revd sen sens sgt sgto sig sigg spett sr sra
    sras
    sres srta sta ste sto st supt ud uds vda vs vve
    डॉ डा प्रो इं ले वै कु मा पं स्व कै ब्रि न्या चौ उदा रु रू श्री ए बी डी एफ एच जे के एल एम एन पी क्यू आर एस टी यू
    वी
    डब्ल्यू एक्स वाई
    """
)
"""Abbreviations that never end a sentence."""

OPEN_ENDED = _words(
    """
    chr med pe séc tél uu oo hh abb abs abt al allg alt anm approx aprox apt apto arch assn assoc attn aufl av ave
    bd bde bldg blvd bros bspw bzgl
    bzw ca cf cfr chap cia cie co corp cía depto dept dpto dt ecc eds ees einschl eng engl env esp esq est et etc etw
    evtl exc excl fam ff frz geb gegr ggf ggü gmbh hl hr hrsg inc incl ing inkl insb intl jan jh jr jun kath kgl ltd
    ltda ma max mio mln mld mm mrd nachm nat natl nom obs oz pct
    pfd ph pl prot provt pte pty qtr rd resp röm schr sgl sog spec spp str syn tsd univ urspr usf usw verf verh vgl
    vorm vs wm xx ztr zzgl
    """
)
"""Abbreviations that end a sentence if the next word looks like a sentence starter."""

BEFORE_NUMBERS = _words(
    """पृ सं नं क्र मो
    abb abs anm app art ap apr aug bd bl c ca ch chap col cap dec dez déc ed eq feb févr fig figs figs fn fol hw n
    num jan
    janv jul juil juill jun kap ln lib mar mär nr no nos nov n° nº núm num oct okt op p pag par pg pp pág págs ref s
    sec sect
    sep sept st str t tab tel tom v ver vers vol vols z ziff éd
    ext fri hwy lun mié mon rt rte sáb thu thurs tue tues wed"""
)
"""Words that are abbreviations only before a number ("No. 5", but "No. I won't")."""

BEFORE_NAMES = frozenset({"Ft", "Pt"})
"""Abbreviations of the names of places, which in lower case are units."""

NEVER_FINAL_DOTTED = _words("e.g i.e z.b d.h p.ej p.ex u.a o.ä s.o s.u c.-à-d i.d.r v.a")

GERMAN_MONTHS = _words(
    "januar jänner februar märz april mai juni juli august september oktober november dezember jahrhundert"
)

BEFORE_GERMAN_ORDINALS = _words(
    """der die das den dem des am im zum zur beim vom ab seit bis jede jeder jedes jeden mein meine sein seine seinem
    seinen ihr ihre ihrem ihren unser unsere eine einen einem einer ein"""
)
"""Words before a number whose full stop makes it an ordinal ("die 2. Auflage")."""

GERMAN_GENITIVES = _words(
    """albrechts augusts eduards ferdinands friedrichs georgs heinrichs johanns josephs karls konrads leopolds ludwigs
    maximilians ottos pauls philipps richards rudolfs sigismunds wilhelms"""
)
"""Names of monarchs before a Roman numeral that a noun follows: "Ludwigs XIV. Hof"."""

STARTERS = _words(
    """the he she it they we you this that these those then but and there here if when while after before what who why
    how where however so my his her our their its not yes
    er sie es wir ich und aber doch dann wenn als dies diese dieser
    il elle ils elles nous vous je mais puis alors cette ces c'est
    ella ellos ellas nosotros pero entonces este esta cuando luego después también además así
    egli lui lei loro ma poi allora quindi questo questa quando dopo così però
    ele ela eles elas mas depois então isso também assim"""
)
"""Words that start a sentence even after an initial ("Plan B. Then ...")."""

WEAK_STARTERS = STARTERS | _words(
    """a an i in on at for from with by as or nor all some many most no one
    der die das ein eine im am auf so da hier
    le la les un une on ce et dans pour
    el los las una y en por para
    il lo gli i uno nel nella per
    o os as um uma no na em"""
)
"""Words that start a sentence after an abbreviation, but may also be part of a name ("J. La Rue")."""
