using System.Diagnostics;

namespace OrleansGateway.Fuzz;

/// <summary>Inputs made of the corpus with dice: for machines without afl-fuzz, and for the suite.</summary>
internal sealed class Mutations(string target, int seed)
{
    private readonly Random _random = new(seed);
    private readonly List<byte[]> _corpus = [.. Corpus.Of(target).Select(System.Text.Encoding.UTF8.GetBytes)];

    /// <summary>Runs until its time is over or something is found, which is kept in a file.</summary>
    public int Run(Action<byte[]> read, TimeSpan time)
    {
        var started = Stopwatch.GetTimestamp();
        var runs = 0L;
        for (; Stopwatch.GetElapsedTime(started) < time; runs++)
        {
            var input = Next();
            try
            {
                read(input);
            }
            catch (Exception e)
            {
                var file = $"fuzz-{target}-{seed}-{runs}.bin";
                File.WriteAllBytes(file, input);
                Console.Error.WriteLine($"{target}: {e}\nThe input is kept in {file}.");
                return 1;
            }
        }
        Console.WriteLine($"{target}: {runs} inputs from seed {seed}, nothing found.");
        return 0;
    }

    /// <summary>The next input.</summary>
    public byte[] Next()
    {
        var bytes = _corpus[_random.Next(_corpus.Count)].ToList();
        for (var changes = _random.Next(6); changes >= 0; changes--)
        {
            var at = _random.Next(bytes.Count + 1);
            switch (_random.Next(6))
            {
                case 0 when at < bytes.Count: bytes[at] = (byte)_random.Next(256); break;
                case 1 when at < bytes.Count: bytes[at] ^= (byte)(1 << _random.Next(8)); break;
                case 2: bytes.RemoveRange(at, Math.Min(_random.Next(9), bytes.Count - at)); break;
                case 3: bytes.InsertRange(at, bytes.GetRange(at, Math.Min(_random.Next(40), bytes.Count - at))); break;
                case 4: bytes.InsertRange(at, Corpus.Tokens[_random.Next(Corpus.Tokens.Length)]); break;
                default:
                    var other = _corpus[_random.Next(_corpus.Count)];
                    bytes.InsertRange(at, other[_random.Next(other.Length)..]);
                    break;
            }
            if (bytes.Count > 8_192) bytes.RemoveRange(8_192, bytes.Count - 8_192);
        }
        return [.. bytes];
    }
}
