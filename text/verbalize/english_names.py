"""Names before Roman numerals: "Henry VIII" is the eighth, "John Smith III" the third, "Rocky IV" four."""

from __future__ import annotations

from .rule import word_set

REGNAL_NAMES = word_set("""
    Agrippa Akbar Albert Alexander Alexios Alexius Alfonso Amadeus Amenhotep Andrew Anne Antiochus Artaxerxes Augustus
    Baldwin Benedict Boniface Cambyses Canute Carlos Casimir Catherine Charles Christian Clement Cleopatra Clovis
    Conrad Constans Constantine Cosimo Cyrus Darius David Demetrius Domitian Edgar Edmund Edward Elizabeth Emmanuel
    Eric Erik Ethelred Eugene Felipe Ferdinand Francis Franz Frederick Friedrich Geoffrey George Gregory Gustav
    Gustavus Haakon Hadrian Harald Harold Henri Henry Honorius Humbert Innocent Isabella Ivan James Jean John Joseph
    Juan Juliana Julius Justin Justinian Karl Kenneth Ladislaus Leo Leopold Lothair Louis Ludwig Malcolm Manuel
    Margaret Margrethe Maria Martin Mary Matthias Maximilian Mehmed Michael Mithridates Mohammed Murad Napoleon
    Nebuchadnezzar Nicholas Olaf Oscar Oskar Otto Paul Pedro Peter Philip Phillip Pius Ptolemy Rama Rameses Ramesses
    Ramses Richard Robert Roderick Roger Romanos Rudolf Rudolph Sancho Selim Seti Shapur Sigismund Sixtus Stanislaw
    Stephen Suleiman Sweyn Theodosius Thutmose Tutankhamun Umberto Urban Valentinian Victor Victoria Vladimir Wenceslaus
    Wilhelm Wilhelmina William Xerxes
    """)
"""Names of kings, queens, emperors and popes."""

GIVEN_NAMES = REGNAL_NAMES | word_set("""
    Adam Alan Alfred Anthony Arthur Barry Benjamin Brian Bruce Calvin Carl Chad Chris Christopher Clarence Cornelius
    Craig Daniel Davis Dennis Donald Douglas Earl Edwin Ernest Frank Franklin Fred Gary Gerald Harry Harvey Howard Hugh
    Jack Jacob Jason Jeffrey Jerry Jim Joe Jonathan Joshua Keith Kevin Larry Lawrence Marcus Mark Matthew Nathan Nelson
    Oliver Patrick Ralph Raymond Ronald Roy Russell Ryan Samuel Scott Sean Simon Steven Terry Theodore Thomas Thurston
    Timothy Todd Tom Walter Warren Wayne
    """)
"""Frequent given names of men, whose sons and grandsons have the same name."""
