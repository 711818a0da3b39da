"""Function words of languages besides English: they carry no fact. As one reads them; Japanese by pairs of letters."""

from __future__ import annotations

FUNCTION_WORDS = {
    "fr": """
    a afin ai aie ainsi alors apres as au aucun aucune aussi autre autres aux avait avant avec avez avoir avons c car ce
    ceci cela celle celles celui ces cet cette ceux chaque chez comme comment d dans de depuis des donc dont du elle
    elles en encore entre es est et etait etaient etant ete etes etre eu eux fut furent il ils j je jusqu jusque l la
    laquelle le lequel les lesquels leur leurs lors lorsque lui m ma mais me meme memes mes moi mon n ne ni non nos
    notre nous on ont ou oui par parce pas pendant peu peut plus plusieurs pour pourquoi puis qu quand que quel quelle
    quelles quels quelque quelques qui quoi s sa sans se sera ses si sien sienne soi soit son sont sous souvent suis sur
    t ta tandis te tels tes toi ton tous tout toute toutes tres tu un une vers voici voila vos votre vous y
    """,
    "de": """
    aber alle allem allen aller alles als also am an ander andere anderen auch auf aus bei beim bin bis bist da dabei
    dadurch dafur damit dann daran darauf das dass davon dazu dein deine dem den denn der deren des dessen die dies
    diese diesem diesen dieser dieses doch dort du durch ein eine einem einen einer eines er es etwas euch fur gegen
    gewesen hab habe haben hat hatte hatten hier ich ihm ihn ihnen ihr ihre ihrem ihren ihrer im in indem ins ist ja
    jede jedem jeden jeder jedes jedoch kann kein keine keinen konnen konnte man mein meine mich mir mit muss nach nein
    nicht nichts noch nun nur ob oder ohne sehr sein seine seinem seinen seiner seit selbst sich sie sind so sowie
    sowohl uber um und uns unser unter viel vom von vor war waren warum was weil welche welchem welchen welcher welches
    wenn wer werden wie wieder wir wird wo wurde wurden zu zum zur zwischen
    """,
    "es": """
    a al algo algun alguna algunas alguno algunos ante antes aquel aquella asi aun aunque cada como con cual cuales
    cuando de del desde donde durante e el ella ellas ellos en entre era eran es esa esas ese eso esos esta estaba
    estaban estado estan estar estas este esto estos fue fueron ha habia han has hasta hay he la las le les lo los mas
    me mi mis mismo mucho muy nada ni no nos nosotros nuestra nuestro o os otra otras otro otros para pero poco por
    porque pues que quien quienes se sea segun ser si sido siendo sin sino sobre solo son su sus suya suyo tambien
    tampoco tan tanto te tenia tiene tienen ti toda todas todo todos tu tus u un una unas uno unos usted ustedes y ya yo
    """,
    "ru": """
    а без более бы был была были было быть в вам вас весь во вот все всего всех вы где да даже для до его ее ей ему если
    есть еще ею же за здесь и из или им ими их к как какая какие каким каких какой какова каковы каком когда который
    которая которое которые которого которой котором которому которую которым которыми которых кто куда ли либо лишь
    между меня мне много может можете можно мой мои моя моего мы на над нам нас наш не него нее ней нем нет ни них но ну
    о об один однако он она они оно от очень по под после потому почему при про с сам сама сами само свое своего своей
    своем своему свои своим своими своих свой свою своя себе себя со так также такая такие такой там те тем то того тоже
    той только том тому тот ту ты у уже хотя чего чей чем что чтобы чье эта эти этим этих это этого этой этом этому этот
    эту я является являются
    """,
    "ja": """
    から まで より など ので のに です ます でし まし した して しま せん する され れた
    れて れる いる いま いた いて ある あり あっ った って てい たち には にお おい いて
    では でも とし とい いう いい この その あの どの これ それ こと もの ため よう うな
    うに ない なく なり なっ なる ので また および よび だけ ほど かつ しか かし さら らに
    よっ によ につ つい ても たり られ させ せる さん どう んな なに いく くつ だっ であ
    のか すか たか るか との とに との をし をす もに とも ほか のよ はど どこ こで
    """,
}
