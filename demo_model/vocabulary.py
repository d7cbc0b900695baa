"""Words that the dialogues are filled with. Every list is our own."""

from __future__ import annotations


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


FIRST_NAMES = _words(
    """
    Ada Ben Cleo Dora Emil Finn Greta Hugo Ida Jon Karl Lena Max Nora Otto Paul Quinn Rosa Sam Tina Uwe Vera
    Will Xenia Yara Zoe Anna Bob Clara David Eva Frank Gina Hans Iris Jack Kate Leo Mia Nick Olga Pia Rita Sven
    Tom Ursula Vic Wanda Amir Bela Chen Dmitri Elif Fatima Goro Hana Igor Jin Kofi Lars Mei Naoko Omar Priya Raj
    Sofia Tariq Uma Maria John Peter Julia Simon Laura Mark Sarah Lucas Emma Noah Alice Eve Carol Oscar Ruth
    Aaron Bella Diego Hedda
    """
)
CITIES = _words(
    """
    Paris London Berlin Rome Madrid Vienna Oslo Prague Lisbon Athens Dublin Warsaw Zurich Bonn Lyon Turin Porto
    Bergen Tokyo Osaka Seoul Delhi Mumbai Cairo Lagos Nairobi Lima Quito Boston Chicago Denver Austin Seattle
    Toronto Sydney Perth Munich Hamburg Naples Venice Seville Ghent Basel Graz Leeds York Cork Riga Tallinn
    Vilnius Sofia Kyiv Tunis
    """
)
NOUNS = _words(
    """
    apple pear plum cherry lemon bread butter cheese milk honey sugar salt pepper water tea coffee juice soup
    cake rice table chair lamp door window wall roof floor kitchen garden house street bridge tower castle
    church school market river lake sea island mountain valley forest tree leaf flower grass stone sand cloud
    rain snow wind storm sun moon star planet dog cat horse cow pig sheep goat mouse bird eagle owl duck fish
    whale shark frog snake bear wolf fox lion tiger bee ant spider car train bus bike boat ship plane road wheel
    engine key clock watch phone camera radio book letter pen pencil paper page word song music piano violin
    drum game ball card coin box bag bottle cup plate knife fork spoon pan pot oven shirt shoe hat coat glove
    ring hammer nail saw rope ladder brush paint glass metal gold silver iron wood wool cotton silk leather
    doctor teacher farmer baker painter king queen child friend brother sister uncle city village country map
    tent fire smoke candle mirror pillow blanket carpet basket bucket shovel battery cable screen button robot
    rocket computer keyboard printer server network circle square number question dream idea story poem language
    law money price theory atom cell gene virus brain heart hand foot eye
    """
)
ADJECTIVES = _words(
    """
    red blue green yellow black white brown grey pink purple big small tall short long old young new hot cold
    warm cool fast slow loud quiet soft hard heavy light dark bright clean dirty dry wet sweet sour bitter fresh
    rich poor happy sad angry calm brave shy kind rude clever funny strange simple deep wide narrow round flat
    sharp smooth rough strong
    """
)
VERBS = _words(
    """
    build paint clean wash cook bake eat drink buy sell find lose break repair open close carry throw catch draw
    read write sing play climb swim run jump fly drive ride push pull lift cut dig plant grow feed train teach
    learn study fold hang hide burn freeze melt mix pour fill empty measure weigh sort stack wrap polish sharpen
    sew knit tie mend
    """
)
