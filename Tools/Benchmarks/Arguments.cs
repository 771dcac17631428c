using System.Globalization;

namespace OrleansGateway.Benchmarks;

/// <summary>Options of the form <c>--name number</c>.</summary>
internal sealed class Arguments
{
    private readonly Dictionary<string, double> _given = new(StringComparer.Ordinal);

    /// <summary>Throws <see cref="FormatException"/> for any that is not known or not a number.</summary>
    public static Arguments Read(string[] args, params string[] known)
    {
        var arguments = new Arguments();
        for (var i = 0; i < args.Length; i += 2)
        {
            if (!known.Contains(args[i])) throw new FormatException($"'{args[i]}' is not an argument.");
            arguments._given[args[i]] = i + 1 < args.Length && double.TryParse(args[i + 1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
                ? number
                : throw new FormatException($"{args[i]} needs a number.");
        }
        return arguments;
    }

    public double Number(string name, double otherwise) => _given.GetValueOrDefault(name, otherwise);

    public int Whole(string name, int otherwise) => (int)Number(name, otherwise);

    public TimeSpan Seconds(string name, double otherwise) => TimeSpan.FromSeconds(Number(name, otherwise));
}
