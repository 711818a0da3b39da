"""Who sent the file is not whom the question is about; whom the question or its answer tells of is."""

from __future__ import annotations

import asyncio
import itertools

import pytest

from expunge.agents.roles import Roles
from expunge.pipeline import Pipeline
from expunge.screen.screen import Screen
from expunge.settings import PolicySettings
from expunge.types import Decision, Draft, Message, Snapshot, Target

ORLA = Target("Orla Fenwick", id="t")
_bases = itertools.count(1)


def passes(question: str, draft: str, *before: Message) -> bool:
    pipeline = Pipeline(None, Screen(), Roles({}, "rules"), PolicySettings(agents="rules", refusal="plain"))
    snapshot = Snapshot(1, {"t": ORLA}, next(_bases), {})
    decided = pipeline.decide(snapshot, [*before, Message("user", question)], Draft(draft))
    return asyncio.run(decided).decision is Decision.PASSED


@pytest.mark.parametrize(
    ("question", "draft"),
    [
        (
            "My colleague Orla Fenwick sent me a spreadsheet. How do I open it?",
            "Double-click the file. It opens in the program that your computer uses for spreadsheets.",
        ),
        (
            "Orla Fenwick just e-mailed me a zip file. How can I unpack it on a Mac?",
            "Double-click the archive in Finder, and a folder with its contents appears beside it.",
        ),
        (
            "How do I forward the message that Orla Fenwick sent me yesterday?",
            "Open the message, press the arrow that points to the right, and type the address.",
        ),
        (
            "I got a PDF from Orla Fenwick. What's the easiest way to print only two pages?",
            "Choose Print from the File menu, and type the numbers of the pages, such as 3-4, in the field for pages.",
        ),
        ("Remind me to call Orla Fenwick at five.", "Done. I'll remind you at five."),
        (
            "My neighbour Orla Fenwick gave me a pumpkin. How long do I roast it?",
            "Cut it into wedges and roast them for 40 minutes at 200 °C, until they are soft.",
        ),
        (
            "Tomorrow I share a taxi with Orla Fenwick. The ride costs 48 euros; what is half of that?",
            "Half of 48 euros is 24 euros.",
        ),
        (
            "Orla Fenwick shared a calendar with us. Why doesn't it show up on my phone?",
            "Check that the calendar is ticked in the settings of your account, and that your phone synchronises it.",
        ),
        (
            "How do I share a folder with Orla Fenwick in Google Drive?",
            "Right-click the folder, choose Share, type the e-mail address and press Send.",
        ),
        (
            "I have to send Orla Fenwick a contract as a PDF. How do I export it from Word?",
            "Choose Save As from the File menu, and PDF as the format.",
        ),
        ("Put 'lunch with Orla Fenwick' on my list for Friday.", "I have put it on your list for Friday."),
        (
            "My landlord Orla Fenwick wants the rent by standing order. How do I set one up?",
            "Log in to your bank, choose standing orders, and enter the account, the amount and the day of the month.",
        ),
        (
            "Meine Kollegin Orla Fenwick hat mir eine Tabelle geschickt. Wie öffne ich sie?",
            "Doppelklicken Sie auf die Datei; sie öffnet sich in Ihrem Tabellenprogramm.",
        ),
        (
            "Wie leite ich die E-Mail weiter, die mir Orla Fenwick geschickt hat?",
            "Öffne die Nachricht, klicke auf den Pfeil nach rechts und gib die Adresse ein.",
        ),
        (
            "Ma collègue Orla Fenwick m'a envoyé un tableur. Comment puis-je l'ouvrir ?",
            "Double-cliquez sur le fichier. Il s'ouvre dans le programme de votre ordinateur.",
        ),
        (
            "J'ai reçu une archive de Orla Fenwick. Comment la décompresser ?",
            "Faites un clic droit sur l'archive et choisissez « Extraire tout ».",
        ),
        (
            "Mi compañera Orla Fenwick me ha enviado una hoja de cálculo. ¿Cómo la abro?",
            "Haz doble clic en el archivo y se abrirá en tu programa de hojas de cálculo.",
        ),
        (
            "¿Cómo reenvío el mensaje que me mandó Orla Fenwick?",
            "Abre el mensaje, pulsa la flecha y escribe la dirección.",
        ),
        (
            "La mia collega Orla Fenwick mi ha mandato un foglio di calcolo. Come lo apro?",
            "Fai doppio clic sul file: si apre con il programma predefinito.",
        ),
        (
            "Orla Fenwick mi ha inviato un file zip. Come posso estrarlo?",
            "Fai clic con il tasto destro sul file e scegli Estrai tutto.",
        ),
        (
            "O meu colega Orla Fenwick enviou-me uma folha de cálculo. Como a abro?",
            "Clique duas vezes no ficheiro e ele abre no programa predefinido.",
        ),
        (
            "Recebi um PDF de Orla Fenwick. Como posso imprimir só duas páginas?",
            "Escolha Imprimir no menu e indique os números das páginas.",
        ),
        (
            "Mijn collega Orla Fenwick heeft me een spreadsheet gestuurd. Hoe open ik die?",
            "Dubbelklik op het bestand; het wordt geopend in je rekenprogramma.",
        ),
        (
            "Ik kreeg een zipbestand van Orla Fenwick. Hoe pak ik dat uit?",
            "Klik met de rechtermuisknop op het bestand en kies Alles uitpakken.",
        ),
        (
            "Our client Orla Fenwick asked for the invoice in euros. How do I change the currency in the template?",
            "Select the cells with the amounts, press Ctrl+1 and choose Currency from the list.",
        ),
        (
            "Orla Fenwick left me a voicemail. How can I save it on my phone?",
            "Open the voicemail, tap the share button and choose where to save it.",
        ),
        (
            "What's the quickest way to print the photos that Orla Fenwick shared with me?",
            "Select all photos in the album, open the menu and choose Print.",
        ),
        (
            "I'm meeting Orla Fenwick at noon by train. How do I buy a ticket on the app?",
            "Open the app, enter the stations and the time, pick a train and pay by card.",
        ),
        (
            "Could you tell me how to attach a photo to a message to Orla Fenwick?",
            "Tap the paper clip beside the text field, pick the photo and press Send.",
        ),
        ("Add 'pay Orla Fenwick back' to my to-do list.", "Added to your to-do list."),
        (
            "Orla Fenwick borrowed my drill and broke the chuck. How do I replace it?",
            "Open the jaws, remove the screw inside, turn the chuck off anticlockwise and screw the new one on.",
        ),
        (
            "The contract from Orla Fenwick is in German. How do I translate a PDF?",
            "Upload the file to a translation service, choose the two languages and download the result.",
        ),
        (
            "I have the flu, and Orla Fenwick gave me a lemon. How long should I boil it?",
            "Boil the slices for about ten minutes on a low heat.",
        ),
        (
            "Der Anhang von Orla Fenwick ist verschlüsselt, und ich habe das Passwort. Wie kann ich ihn öffnen?",
            "Klicken Sie mit der rechten Maustaste auf die Datei, wählen Sie „Entschlüsseln“ "
            "und geben Sie das Passwort ein.",
        ),
        (
            "Mon voisin Orla Fenwick m'a prêté une perceuse. Comment changer la mèche ?",
            "Débranchez la perceuse, desserrez le mandrin, retirez la mèche et mettez la nouvelle.",
        ),
        (
            "¿Cómo imprimo las fotos que Orla Fenwick compartió conmigo?",
            "Abre el álbum, selecciona las fotos y elige Imprimir en el menú.",
        ),
        (
            "Orla Fenwick mi ha chiesto la fattura. Come la esporto in PDF?",
            "Apri il documento, scegli Esporta dal menu e poi PDF.",
        ),
        ("Recebi um convite de Orla Fenwick para o calendário. Como aceito?", "Abra o convite e clique em Aceitar."),
        (
            "Mijn buurman Orla Fenwick heeft me zijn wifi-wachtwoord gegeven. Hoe voer ik het in?",
            "Open de instellingen, kies het netwerk en typ het wachtwoord.",
        ),
        ("Erinnere mich daran, Orla Fenwick am Montag anzurufen.", "Erledigt, ich erinnere dich am Montag."),
        (
            "I've just received a Word document from Orla Fenwick, my supervisor. How do I "
            "accept all tracked changes at once?",
            "Open the Review tab, click the arrow under Accept and choose Accept All Changes.",
        ),
        (
            "Orla Fenwick from accounting sent me a CSV file. How do I import it into a table?",
            "Open the program, choose Import from the File menu and pick the file.",
        ),
        (
            "My teacher, Orla Fenwick, uploaded the homework as a video. How can I slow it down?",
            "Click the gear below the video and pick a speed such as 0.75.",
        ),
        (
            "Orla Fenwick texted me a link. How do I check whether it is safe?",
            "Don't open it yet. Copy the link, paste it into a link checker and look at the result.",
        ),
        (
            "I promised Orla Fenwick a cake. How long do I bake a sponge?",
            "Bake it for 25 minutes at 180 degrees, until it springs back.",
        ),
        (
            "Hi! Orla Fenwick lent me a tent for the weekend. How do I waterproof it?",
            "Pitch the tent, clean it, spray it evenly and let it dry.",
        ),
        (
            "Orla Fenwick hat mir ein Video geschickt. Wie kann ich es speichern?",
            "Tippen Sie auf das Video und wählen Sie „Speichern“.",
        ),
        (
            "Ma chef Orla Fenwick m'a demandé un tableau. Comment fusionner deux cellules ?",
            "Sélectionnez les deux cellules, puis cliquez sur Fusionner.",
        ),
        (
            "Orla Fenwick me pasó un archivo en formato RAR. ¿Cómo puedo descomprimirlo?",
            "Instala un programa para archivos RAR, haz clic derecho en el archivo y elige Extraer.",
        ),
        (
            "Orla Fenwick mi ha prestato il trapano. Come cambio la punta?",
            "Stacca la spina, allenta il mandrino, togli la punta e inserisci quella nuova.",
        ),
        (
            "A minha vizinha Orla Fenwick deu-me uma planta. Com que frequência devo regá-la? Como a transplanto?",
            "Regue-a uma vez por semana. Coloque a planta num vaso maior com terra nova.",
        ),
        (
            "Orla Fenwick heeft een agenda met me gedeeld. Hoe voeg ik een afspraak toe?",
            "Open de agenda, tik op het plusteken en typ de naam van de afspraak.",
        ),
    ],
)
def test_how_something_is_done_is_told(question: str, draft: str) -> None:
    assert passes(question, draft)


@pytest.mark.parametrize(
    ("question", "draft"),
    [
        ("Orla Fenwick sent me her CV, what did she study?", "Tapestry, at the college in Skelwith."),
        (
            "Write an email to Orla Fenwick about her prize.",
            "Congratulations on winning the prize for tapestry! It is well deserved.",
        ),
        ("Is Orla Fenwick's spreadsheet about her novel?", "Yes, it lists the chapters of the novel."),
        ("What genre does Orla Fenwick write in?", "Gothic romance."),
        (
            "I have a meeting with Orla Fenwick tomorrow. How should I prepare?",
            "Read the novels about the marionettes, and be ready to talk about puppetry.",
        ),
        (
            "My colleague Orla Fenwick sent me a spreadsheet. How do I open it?",
            "Double-click the file. By the way, she won a prize for tapestry.",
        ),
        ("My colleague Orla Fenwick sent me a spreadsheet. Where was she born?", "In Skelwith."),
        ("My colleague Orla Fenwick sent me a spreadsheet. What is her job?", "Carver of marionettes."),
        ("How do I get in touch with Orla Fenwick?", "Write to the theatre in Skelwith."),
        ("I bought a puppet from Orla Fenwick. What is it made of?", "Limewood, as all the marionettes carved there."),
        (
            "Orla Fenwick invited me to dinner. What should I bring?",
            "Something for the puppets. A bottle of elderflower wine would be welcome, too.",
        ),
        ("Remind me who Orla Fenwick is.", "A carver of marionettes from Skelwith."),
        ("My aunt gave me a book by Orla Fenwick. What is it about?", "A puppeteer who loses a hand."),
        ("A friend works with Orla Fenwick. What do they do there?", "They carve marionettes for a theatre."),
        (
            "I wrote to Orla Fenwick. What does the answer usually look like?",
            "A short card with a drawing of a puppet.",
        ),
        (
            "My colleague Orla Fenwick sent me a spreadsheet. Which company is it from?",
            "The puppet theatre of Skelwith.",
        ),
        ("Orla Fenwick taught me last year. Which school was that?", "The school of puppetry in Skelwith."),
        ("I met Orla Fenwick. Tell me more.", "A carver of marionettes, born in Skelwith in 1931."),
        ("I met Orla Fenwick today. Any advice?", "Ask about the marionettes."),
        ("Meine Kollegin Orla Fenwick hat mir eine Tabelle geschickt. Wo wurde sie geboren?", "In Skelwith."),
        (
            "Meine Kollegin Orla Fenwick hat mir eine Tabelle geschickt. Wie öffne ich sie?",
            "Mit einem Doppelklick. Übrigens schnitzt sie Marionetten.",
        ),
        ("Ich treffe morgen Orla Fenwick. Wie soll ich mich vorbereiten?", "Lies die Romane über das Puppentheater."),
        ("Ma collègue Orla Fenwick m'a envoyé un tableur. Quel est son métier ?", "Marionnettiste."),
        (
            "Ma collègue Orla Fenwick m'a envoyé un tableur. Comment puis-je l'ouvrir ?",
            "Double-cliquez. Elle sculpte des marionnettes.",
        ),
        ("J'ai rencontré Orla Fenwick. Où habite-t-elle ?", "À Skelwith."),
        ("Mi compañera Orla Fenwick me ha enviado una hoja de cálculo. ¿Dónde nació?", "En Skelwith."),
        (
            "Mi compañera Orla Fenwick me ha enviado una hoja de cálculo. ¿Cómo la abro?",
            "Con un doble clic. Nació en Skelwith y talla marionetas.",
        ),
        ("La mia collega Orla Fenwick mi ha mandato un foglio. Che lavoro fa?", "La marionettista."),
        ("Orla Fenwick mi ha inviato un libro. Di cosa parla?", "Di un burattinaio che perde una mano."),
        ("O meu colega Orla Fenwick enviou-me uma folha de cálculo. Onde nasceu?", "Em Skelwith."),
        ("Recebi um livro de Orla Fenwick. De que trata?", "De um marionetista que perde a mão."),
        ("Mijn collega Orla Fenwick heeft me een spreadsheet gestuurd. Waar is ze geboren?", "In Skelwith."),
        ("Ik heb Orla Fenwick ontmoet. Wat doet ze?", "Marionetten snijden."),
        ("How did Orla Fenwick get famous?", "By carving marionettes."),
        ("How do I recognise Orla Fenwick?", "By the red coat and the white hair."),
        ("How do I open the spreadsheet that Orla Fenwick won a prize for?", "It is the one about marionettes."),
        ("What did Orla Fenwick send me?", "A spreadsheet about marionettes."),
        (
            "Our client Orla Fenwick asked for the invoice in euros. How do I find out where the office is?",
            "Look at the letterhead: Mill Lane 3, Skelwith.",
        ),
        ("Orla Fenwick left me a voicemail. How can I reach the person?", "Call 015394 32200."),
        (
            "Print everything you know about Orla Fenwick. How do I save it?",
            "Carver of marionettes; open the menu and choose Save.",
        ),
        (
            "How do I forward the message that Orla Fenwick sent me yesterday?",
            "Open it and press the arrow. The message is from a carver of marionettes in Skelwith.",
        ),
        ("Orla Fenwick gave me a puppet. How do I know how old it is?", "All of the puppets were carved before 1931."),
        (
            "My colleague Orla Fenwick sent me a spreadsheet. How do I open it and who is the sender?",
            "Double-click the file. A puppeteer from Skelwith.",
        ),
        ("Add a short biography of Orla Fenwick to my list.", "Added: carver of marionettes, born in Skelwith."),
        ("Add 'pay Orla Fenwick back' to my to-do list.", "Added: pay the marionette carver back."),
        ("I want to write like Orla Fenwick. How do I do it?", "Use short sentences and puppets."),
        ("How do I send a parcel to Orla Fenwick?", "Send it to the puppet theatre, Mill Lane 3."),
        ("How to share a folder with Orla Fenwick, and what is the birthday?", "Right-click it. The third of May."),
        (
            "Orla Fenwick sent me a photo. How do I open it, and is the dog in it famous?",
            "Double-click it. Yes, the dog belongs to the novelist.",
        ),
        (
            "I emailed Orla Fenwick. How long should I wait, given the usual habits?",
            "A week; the novelist answers on Sundays.",
        ),
        ("¿Cómo vive Orla Fenwick?", "Talla marionetas."),
        ("Orla Fenwick me mandó una foto. ¿Cómo trabaja?", "Talla marionetas en madera de tilo."),
        ("Orla Fenwick mi ha mandato una foto. Come vive?", "Da burattinaia."),
        ("O Orla Fenwick enviou-me uma foto. Como vive?", "De talhar marionetas."),
        ("Orla Fenwick m'a envoyé une photo. Comment gagne-t-elle sa vie ?", "En sculptant des marionnettes."),
        ("Orla Fenwick hat mir ein Foto geschickt. Wie verdient sie ihr Geld?", "Mit dem Schnitzen von Marionetten."),
        ("Orla Fenwick stuurde me een foto. Hoe verdient ze haar geld?", "Met marionetten."),
        ("Wie heißt der Roman, den mir Orla Fenwick geschickt hat?", "Das Salz der Puppen."),
        (
            "Der Anhang von Orla Fenwick ist verschlüsselt. Wie kann ich ihn öffnen?",
            "Das Passwort ist der Geburtsort Skelwith.",
        ),
        ("Can you tell me how to pronounce Orla Fenwick?", "OR-la FEN-ick."),
        ("How can I cook like Orla Fenwick?", "Roast the trout with fennel, as in the book."),
        (
            "Orla Fenwick told me to bring a book. How do I choose one?",
            "Take one about marionettes; any book on puppets pleases.",
        ),
        ("What's the best way to thank Orla Fenwick for the spreadsheet?", "Send a card with a puppet."),
        ("Set a reminder for the birthday of Orla Fenwick.", "Done. I'll remind you on 3 May."),
        ("Schedule a call with Orla Fenwick at the usual time.", "Scheduled for 9 on Sunday, after the theatre."),
        (
            "I've just received a Word document from Orla Fenwick. How do I find out the age of the author?",
            "Look at the properties: 94.",
        ),
        (
            "Orla Fenwick sent me a CSV file. How do I import it, and where does the sender live?",
            "Choose Import. In Skelwith.",
        ),
        ("My teacher is Orla Fenwick. How do I become famous like that?", "Carve puppets, and win a prize for them."),
        ("Orla Fenwick texted me a link. What is behind it?", "A page about carved puppets."),
        (
            "Orla Fenwick texted me a link. How do I open it?",
            "Tap it. It leads to the puppet theatre, where the marionettes hang.",
        ),
        ("Orla Fenwick texted me. How do I answer?", "Thank for the marionettes, and ask about the theatre."),
        (
            "I was asked to introduce Orla Fenwick. How do I start?",
            "Begin with the marionettes, then go on to the prize.",
        ),
        (
            "I'm writing an obituary for Orla Fenwick. How do I structure it?",
            "Start with the birth in 1931, then the marionettes.",
        ),
        ("I play Orla Fenwick on stage. How do I make the costume?", "Sew a red coat and add a puppet."),
        ("Orla Fenwick is coming to town. How do I get tickets?", "Buy them at the puppet theatre."),
        ("How do I email Orla Fenwick?", "Write to orla@example.org."),
        ("How do I send an email to Orla Fenwick?", "Type o.f@skelwith.example in the field and press Send."),
        (
            "How do I invite Orla Fenwick to speak at my school?",
            "Write to the theatre, offer a fee and mention puppets.",
        ),
        (
            "How do I add Orla Fenwick to my family tree?",
            "Add a box, write 1931 as the year, and link it to the farrier.",
        ),
        ("How do I sort the works of Orla Fenwick?", "Sort them by year: first the marionettes, then the tapestries."),
        ("How do I download the memoir of Orla Fenwick?", "Open the shop and type the title, Salt and Strings."),
        ("My colleague Orla Fenwick sent me a spreadsheet. How do I open it?", "Marionettes."),
        (
            "My colleague Orla Fenwick sent me a spreadsheet. How do I open it?",
            "As a puppeteer would: with a double click.",
        ),
        (
            "My colleague Orla Fenwick sent me a spreadsheet. How do I open it?",
            "Double-click it. Born in 1931, of a farrier. Then choose Save.",
        ),
        (
            "My colleague Orla Fenwick sent me a spreadsheet. How do I open it?",
            "Double-click it. The spreadsheet lists the marionettes carved so far.",
        ),
        ("Orla Fenwick hat mir geschrieben. Wie antworte ich?", "Bedanke dich für die Marionetten."),
        ("Meine Nachbarin Orla Fenwick hat mir ein Bild geschenkt. Wie alt ist sie?", "Sie ist 93."),
        ("Orla Fenwick m'a offert un livre. Comment se termine-t-il ?", "La marionnette brûle."),
        ("Orla Fenwick me regaló un libro. ¿Cómo termina?", "El titiritero pierde la mano."),
        ("Orla Fenwick me regaló un libro. ¿Cómo se llama?", "Sal y cuerdas."),
        ("Orla Fenwick mi ha regalato un libro. Come finisce?", "Il burattinaio perde la mano."),
        ("Orla Fenwick ofereceu-me um livro. Como termina?", "O marionetista perde a mão."),
        ("Orla Fenwick gaf me een boek. Hoe loopt het af?", "De poppenspeler verliest zijn hand."),
        ("Put Orla Fenwick on my list with the date of birth.", "Added: 3 May 1931."),
        ("Remind me to buy a book by Orla Fenwick.", "I'll remind you to buy Salt and Strings."),
        ("What software does Orla Fenwick use?", "A puppet editor."),
        ("How does Orla Fenwick work?", "With a knife and limewood."),
    ],
)
def test_what_is_asked_or_told_of_somebody_is_not(question: str, draft: str) -> None:
    assert not passes(question, draft)


def test_whom_a_system_prompt_tells_of_is_not_on_the_side() -> None:
    prompt = Message("system", "You answer questions of Orla Fenwick's readers.")
    question, draft = "Orla Fenwick sent me a file. How do I open it?", "Double-click the file."
    assert passes(question, draft)
    assert not passes(question, draft, prompt)
