using OrleansGateway.Fuzz;
using SharpFuzz;

if (args is ["corpus", var of, var folder])
{
    for (var i = 0; i < Corpus.Of(of).Count; i++) File.WriteAllText(Path.Combine(folder, $"{i}"), Corpus.Of(of)[i]);
    return 0;
}

if (args is not [var name, ..] || !FuzzTargets.All.TryGetValue(name, out var target))
{
    Console.Error.WriteLine($"Usage: Fuzz {string.Join('|', FuzzTargets.All.Keys)} [--seconds 60] [--seed 1] | [file …]. Tools/Fuzz/afl.sh runs it under afl-fuzz.");
    return 2;
}

if (Environment.GetEnvironmentVariable("__AFL_SHM_ID") is not null)
{
    Fuzzer.OutOfProcess.Run(stream =>
    {
        using var input = new MemoryStream();
        stream.CopyTo(input);
        target(input.ToArray());
    });
    return 0;
}

var files = args.Skip(1).Where(File.Exists).ToList();
foreach (var file in files) target(File.ReadAllBytes(file));
return files.Count > 0 ? 0 : new Mutations(name, Number("--seed", 1)).Run(target, TimeSpan.FromSeconds(Number("--seconds", 60)));

int Number(string option, int usual) => Array.IndexOf(args, option) is > 0 and var at && at + 1 < args.Length
    ? int.Parse(args[at + 1], System.Globalization.CultureInfo.InvariantCulture)
    : usual;
