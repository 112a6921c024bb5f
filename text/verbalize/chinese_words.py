"""The words of Chinese in simplified characters: currencies, units and what comes before codes."""

from __future__ import annotations

from .rule import word_table

CURRENCIES = word_table(
    """
    ￥=元 ¥=元 CN¥=元 RMB=元 CNY=人民币 $=美元 US$=美元 USD=美元 €=欧元 EUR=欧元 £=英镑 GBP=英镑 HK$=港元
    HKD=港元 A$=澳元 AU$=澳元 AUD=澳元 CA$=加元 C$=加元 CAD=加元 NT$=新台币 TWD=新台币 ₩=韩元 KRW=韩元 JPY=日元
    JP¥=日元 ₹=印度卢比 INR=印度卢比 ₽=卢布 RUB=卢布 S$=新加坡元 SGD=新加坡元 ฿=泰铢 CHF=瑞士法郎 ₫=越南盾
    """
)
SCALES = word_table(
    """
    k=千 K=千 w=万 W=万 M=百万 m=百万 B=十亿 bn=十亿 百万=百万 千万=千万 万亿=万亿 十亿=十亿 百亿=百亿 千亿=千亿
    万=万 亿=亿 千=千 百萬=百萬 千萬=千萬 萬億=萬億 萬=萬 億=億
    """
)
"""Words and letters for large numbers after an amount."""
UNITS = word_table(
    """
    kg=千克 KG=千克 g=克 mg=毫克 μg=微克 µg=微克 t=吨 lb=磅 lbs=磅 oz=盎司 km=公里 m=米 dm=分米 cm=厘米 CM=厘米
    mm=毫米 μm=微米 µm=微米 nm=纳米 mi=英里 ft=英尺 in=英寸 yd=码 km²=平方千米 km2=平方千米 m²=平方米 m2=平方米
    cm²=平方厘米 cm2=平方厘米 m³=立方米 m3=立方米 cm³=立方厘米 cm3=立方厘米 ha=公顷 L=升 l=升 ml=毫升 mL=毫升
    ML=毫升 h=小时 hr=小时 min=分钟 s=秒 ms=毫秒 °C=摄氏度 ℃=摄氏度 °F=华氏度 °=度 Hz=赫兹 kHz=千赫 MHz=兆赫
    GHz=吉赫 V=伏 kV=千伏 mA=毫安 mAh=毫安时 W=瓦 kW=千瓦 KW=千瓦 MW=兆瓦 kWh=千瓦时 J=焦 kJ=千焦 cal=卡
    kcal=千卡 Pa=帕 kPa=千帕 hPa=百帕 dB=分贝 KB=K_B MB=M_B GB=G_B TB=T_B rpm=转每分 fps=帧每秒 px=像素
    """
)
UNITS_PER = {
    symbol: (before, name)
    for symbol, before, name in (
        ("km/h", "每小时", "公里"),
        ("m/s", "每秒", "米"),
        ("mph", "每小时", "英里"),
        ("km/s", "每秒", "公里"),
        ("kmph", "每小时", "公里"),
        ("MB/s", "每秒", "M B"),
        ("Mbps", "每秒", "兆比特"),
        ("Gbps", "每秒", "吉比特"),
        ("m/min", "每分钟", "米"),
    )
}
"""Units with words before the number: 每小时三十公里."""
OPERATORS = {
    "+": "加",
    "×": "乘",
    "*": "乘",
    "x": "乘",
    "X": "乘",
    "÷": "除以",
    "=": "等于",
    "<": "小于",
    ">": "大于",
    "≤": "小于等于",
    "≥": "大于等于",
    "<=": "小于等于",
    ">=": "大于等于",
    "≠": "不等于",
    "≈": "约等于",
    "-": "减",
    "−": "减",
}
SIGNS = {
    "&": "和", "=": "等于", "×": "乘", "÷": "除以", "≈": "约等于", "≥": "大于等于", "≤": "小于等于", "±": "正负",
    "≠": "不等于", "＋": "加", "+": "加",
}  # fmt: skip
WEB = {
    ".": "点", "/": "斜杠", "@": "艾特", "-": "杠", "_": "下划线", ":": "冒号", "?": "问号", "=": "等于", "&": "和",
    "#": "井号", "~": "波浪号", "%": "百分号", "+": "加",
}  # fmt: skip
"""The characters of addresses, and parts of them with a reading of their own."""
