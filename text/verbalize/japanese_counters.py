"""Japanese counters: how they are read, and what they change in the number before them."""

from __future__ import annotations

from typing import NamedTuple

from .rule import word_list


class Counter(NamedTuple):
    """A counter's reading. `doubled` are the numbers whose end becomes ッ before it.

    `after_n` is its reading after a number in ン (3, 1000, 10,000), `after_double` after ッ, each only if it differs.
    `special` are readings of a number and its counter together.
    """

    reading: str
    doubled: str = ""
    after_n: str = ""
    after_double: str = ""
    four: str = "ヨン"
    seven: str = "ナナ"
    nine: str = "キュー"
    after_four: str = ""
    special: tuple[tuple[int, str], ...] = ()


_K, _S, _T, _TEN = "1 6 8 10 100", "1 8 10", "1 8 10", "10"
"""The numbers that are shortened before the sounds k, s and t."""


def _counters(kind: str, written: str) -> dict[str, Counter]:
    pairs = (pair.partition("=") for pair in written.split())
    return {kanji: Counter(kana, kind) for kanji, _, kana in pairs}


def _voiced(doubled: str, soft: str, hard: str, base: str, after_four: str = "") -> Counter:
    return Counter(base, doubled, soft, hard, after_four=after_four)


COUNTERS: dict[str, Counter] = {
    **_counters(
        _K,
        """
        個=コ 箇=コ 回=カイ 回目=カイメ 回戦=カイセン 件=ケン 課=カ 曲=キョク 校=コー 国=コク 級=キュー か月=カゲツ
        ヶ月=カゲツ カ月=カゲツ ヵ月=カゲツ ケ月=カゲツ 箇月=カゲツ か国=カコク ヶ国=カコク カ国=カコク か所=カショ
        ヶ所=カショ カ所=カショ 箇所=カショ か条=カジョー カ条=カジョー 巻=カン 画=カク 缶=カン 基=キ 機=キ 脚=キャク
        局=キョク 区=ク 戸=コ 桁=ケタ 県=ケン 軍=グン 項=コー 行目=ギョーメ
        """,
    ),
    **_counters(
        _S,
        """
        才=サイ 冊=サツ 社=シャ 章=ショー 週=シュー 週間=シューカン 週目=シューメ 世紀=セーキ 隻=セキ 席=セキ
        勝=ショー 周=シュー 周年=シューネン 種類=シュルイ 種=シュ 世帯=セタイ 戦=セン 色=ショク 首=シュ 節=セツ
        試合=シアイ 世=セー 室=シツ シーズン=シーズン セット=セット センチ=センチ
        """,
    ),
    **_counters(
        _T,
        """
        点=テン 頭=トー 通=ツー 丁目=チョーメ 着=チャク 店舗=テンポ 店=テン 体=タイ 棟=トー 等=トー
        等賞=トーショー 都市=トシ 党=トー トン=トン タイプ=タイプ パーセント=パーセント ポイント=ポイント
        ページ=ページ 頁=ページ ペア=ペア パック=パック
        """,
    ),
    **_counters(
        "",
        """
        枚=マイ 台=ダイ 番=バン 番目=バンメ 番線=バンセン 番地=バンチ 号=ゴー 号車=ゴーシャ 号室=ゴーシツ 度=ド
        度目=ドメ 倍=バイ 割=ワリ 割引=ワリビキ 秒=ビョー 秒間=ビョーカン 名=メー 名様=メーサマ 面=メン 話=ワ 位=イ
        両=リョー 代=ダイ 代目=ダイメ 次=ジ 文字=モジ 膳=ゼン 畳=ジョー 条=ジョー 錠=ジョー 段=ダン 段階=ダンカイ
        行=ギョー 門=モン 問=モン 限=ゲン 例=レー 玉=タマ 語=ゴ 字=ジ 部=ブ 部屋=ヘヤ 軸=ジク 分野=ブンヤ
        番組=バングミ 議席=ギセキ 割合=ワリアイ 男=ナン 女=ジョ 部隊=ブタイ 組=クミ 皿=サラ ドル=ドル ユーロ=ユーロ
        ポンド=ポンド ウォン=ウォン 元=ゲン メートル=メートル グラム=グラム リットル=リットル ミリ=ミリ バイト=バイト
        ワット=ワット ボルト=ボルト 年代生まれ=ネンダイウマレ
        """,
    ),
    **_counters(
        _TEN,
        """
        キロ=キロ キログラム=キログラム キロメートル=キロメートル センチメートル=センチメートル カロリー=カロリー
        キロカロリー=キロカロリー ケース=ケース コース=コース カ国語=カコクゴ
        """,
    ),
    "本": _voiced(_K, "ボン", "ポン", "ホン"),
    "本目": _voiced(_K, "ボンメ", "ポンメ", "ホンメ"),
    "匹": _voiced(_K, "ビキ", "ピキ", "ヒキ"),
    "杯": _voiced(_K, "バイ", "パイ", "ハイ"),
    "票": _voiced(_K, "ビョー", "ピョー", "ヒョー"),
    "分": _voiced(_K, "プン", "プン", "フン", after_four="プン"),
    "分間": _voiced(_K, "プンカン", "プンカン", "フンカン", after_four="プンカン"),
    "泊": _voiced(_K, "パク", "パク", "ハク", after_four="パク"),
    "発": _voiced(_K, "パツ", "パツ", "ハツ", after_four="パツ"),
    "歩": _voiced(_K, "ポ", "ポ", "ホ", after_four="ポ"),
    "歳": Counter("サイ", _S, special=((20, "ハタチ"),)),
    "階": Counter("カイ", _K, "ガイ"),
    "階建て": Counter("カイダテ", _K, "ガイダテ"),
    "軒": Counter("ケン", _K, "ゲン"),
    "足": Counter("ソク", _S, "ゾク"),
    "羽": Counter("ワ", "", "バ"),
    "年": Counter("ネン", four="ヨ"),
    "年間": Counter("ネンカン", four="ヨ"),
    "年代": Counter("ネンダイ", four="ヨ"),
    "年度": Counter("ネンド", four="ヨ"),
    "年生": Counter("ネンセー", four="ヨ"),
    "年目": Counter("ネンメ", four="ヨ"),
    "円": Counter("エン", four="ヨ"),
    "時": Counter("ジ", four="ヨ", seven="シチ", nine="ク", special=((0, "レージ"),)),
    "時間": Counter("ジカン", four="ヨ", seven="シチ", nine="ク"),
    "時間目": Counter("ジカンメ", four="ヨ", seven="シチ", nine="ク"),
    "時限": Counter("ジゲン", four="ヨ", seven="シチ", nine="ク"),
    "月": Counter("ガツ", four="シ", seven="シチ", nine="ク"),
    "人": Counter("ニン", four="ヨ", special=((1, "ヒトリ"), (2, "フタリ"))),
    "人目": Counter("ニンメ", four="ヨ", special=((1, "ヒトリメ"), (2, "フタリメ"))),
    "人前": Counter("ニンマエ", four="ヨ"),
    "人組": Counter("ニングミ", four="ヨ"),
    "つ": Counter(
        "ツ",
        special=tuple(enumerate(word_list("ヒトツ フタツ ミッツ ヨッツ イツツ ムッツ ナナツ ヤッツ ココノツ"), 1)),
    ),
    "つ目": Counter(
        "ツメ",
        special=tuple(
            enumerate(
                [
                    "ヒトツメ",
                    "フタツメ",
                    "ミッツメ",
                    "ヨッツメ",
                    "イツツメ",
                    "ムッツメ",
                    "ナナツメ",
                    "ヤッツメ",
                    "ココノツメ",
                ],
                1,
            )
        ),
    ),
}
DAYS = dict(
    enumerate(
        ["イチニチ", "フツカ", "ミッカ", "ヨッカ", "イツカ", "ムイカ", "ナノカ", "ヨーカ", "ココノカ", "トーカ"], 1
    )
)
DAYS |= {14: "ジューヨッカ", 20: "ハツ カ", 24: "ニジューヨッカ"}
DAYS |= {17: "ジューシチニチ", 19: "ジュークニチ", 27: "ニジューシチニチ", 29: "ニジュークニチ"}
DAY_COUNTERS = {"日": "", "日間": "カン", "日目": "メ"}
