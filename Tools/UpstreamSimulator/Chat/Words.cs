using System.Text;

namespace OrleansGateway.Simulator;

/// <summary>Text made of words that are one token each, so that its length in tokens is exact by construction.</summary>
internal static class Words
{
    private const string Opening = "Sure";
    private static readonly string[] Known =
    [
        " the", " answer", " is", " long", " and", " clear", " with", " some", " detail", " about", " every", " part", " of", " this", " question",
        " so", " that", " a", " reader", " can", " follow", " each", " step", " from", " here", " to", " there", " without", " any", " doubt",
        " because", " numbers", " must", " match", " in", " all", " books", " at", " end", " day", " we", " count", " them", " twice", " before",
        " writing", " down", " what", " was", " spent", " on", " words", " like", " these", " which", " mean", " nothing", " but", " look", " real",
    ];

    /// <summary>The pieces of an answer of so many tokens; the seed picks the words, and words of the question come first.</summary>
    public static Piece[] Take(int count, ulong seed, IReadOnlyList<string> echo)
    {
        var pieces = new Piece[count];
        for (var i = 0; i < count; i++)
        {
            seed = Hash.Next(seed);
            var word = i == 0 ? Opening : i <= echo.Count ? echo[i - 1] : Known[(int)(seed % (ulong)Known.Length)];
            pieces[i] = new Piece(word, 1);
        }

        return pieces;
    }

    /// <summary>The first words of a question that are one token each.</summary>
    public static IReadOnlyList<string> Echo(string question)
    {
        const int most = 6;
        var echo = new List<string>(most);
        var word = new StringBuilder(" ");
        foreach (var letter in question.Length > 200 ? question[..200] : question + " ")
        {
            if (char.IsAsciiLetter(letter))
            {
                word.Append(letter);
                continue;
            }

            if (word.Length > 1 && TokenCounter.Count(word.ToString()) == 1)
            {
                echo.Add(word.ToString());
                if (echo.Count == most)
                {
                    break;
                }
            }

            word.Clear().Append(' ');
        }

        return echo;
    }
}
