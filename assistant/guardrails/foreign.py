"""How one says in other languages that an assistant should forget its instructions: for the exact rules."""

_WORDS = r"\s+(?!(?:nicht|no|niet|non|n[aã]o|inte|ikke|nie)\b)(?:\w+\s+){0,4}"
_NOT = r"(?<!\bno )(?<!\bnão )(?<!\bnao )(?<!\bnie )(?<!\bне )"
"""Whoever says not to forget the rules is heard."""
_LATIN = (
    rf"(?:ignora|ignore|olvida|olvide|descarta){_WORDS}(?:instrucciones|indicaciones|reglas)",
    r"(?:ignore[rz]?|oublie[rz]?)\s+(?:toutes?\s+)?(?:les|tes|vos|ces)\s+(?:\w+\s+){0,2}"
    r"(?:instructions|consignes|r[eè]gles)",
    rf"(?:ignorieren?|ignoriert|vergiss|vergesst|vergessen sie|missachte){_WORDS}"
    r"(?:anweisungen|vorgaben|regeln|instruktionen)",
    rf"(?:ignora|ignorate|dimentica|dimenticate){_WORDS}(?:istruzioni|regole|indicazioni)",
    rf"(?:ignor[ea]|esque[cç]a|desconsidere){_WORDS}(?:instru[cç](?:[õo]es|ao)|regras)",
    rf"(?:negeer|vergeet){_WORDS}(?:instructies|regels|aanwijzingen)",
    rf"(?:ignorera|ignor[eé]r|gl[öo]m|glem){_WORDS}(?:instru[kx]\w+|regler\w*|anvisning\w*)",
    rf"(?:zignoruj|ignoruj|zapomnij){_WORDS}(?:o\s+)?(?:instrukcj\w+|polece\w+|zasad\w*)",
    rf"(?:ignoruj|zapome[nň]){_WORDS}(?:pokyn\w*|instrukc\w+|pravid\w+)",
    r"(?:[öo]nceki|t[üu]m|b[üu]t[üu]n)\s+(?:\w+\s+){0,3}(?:talimat|kural|y[öo]nerge)\w*\s+(?:\w+\s+){0,2}"
    r"(?:yoksay|unut|g[öo]z ard|g[öo]rmezden)",
    rf"(?:(?:про)?игнорируй|забудь)(?:те)?{_WORDS}(?:инструкци|правил|указани)",
    rf"(?:ігноруй|забудь)(?:те)?{_WORDS}(?:інструкці|правил|вказів)",
)
_OTHERS = (
    r"(?:忽略|无视|無視|忘记|忘記|忘掉)[^。\n]{0,12}(?:指令|指示|说明|說明|提示|规则|規則)",
    r"(?:以前|これまで|上記|前|すべて|全て)の[^。\n]{0,12}(?:指示|命令|ルール|規則)[^。\n]{0,6}(?:無視|忘れ)",
    r"(?:이전|모든|위의)[^.\n]{0,14}(?:지시|명령|규칙|지침)[^.\n]{0,8}(?:무시|잊)",
    r"(?:पिछले|सभी|पहले)[^।\n]{0,24}(?:निर्देश|नियम)[^।\n]{0,16}(?:अनदेखा|नज़रअंदाज़|नजरअंदाज|भूल)",
    r"(?:تجاهل|انس)\s+(?:\w+\s+){0,3}(?:التعليمات|الأوامر|القواعد)",
    r"(?:התעלם|תתעלם|התעלמו|שכח)[^.\n]{0,16}(?:הוראות|הנחיות|כללים)",
)
IGNORE = rf"{_NOT}\b(?:{'|'.join(_LATIN)})|{'|'.join(_OTHERS)}"
"""To ignore or forget one's instructions or rules, in some twenty languages."""
HINT = (
    "ignora|ignorer|ignorez|ignorier|ignoruj|olvid|descarta|oublie|vergiss|vergess|missachte|dimentic|esquec|desconsider"
    r"|negeer|vergeet|\bglom|\bglem|zapom|talimat|kural|yonerge|ignore\s+(?:toutes|les|tes|vos|ces|todas|las|as|tus|sus)\b"
    "|[\u0400-\u06ff\u0900-\u097f\u1100-\u11ff\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]"
)
"""Stems of these as they stand in lower case without accents, or a letter of a script that writes no Latin."""
