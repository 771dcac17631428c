namespace OrleansGateway.Simulator;

/// <summary>Seeds that are the same in every process, unlike <see cref="string.GetHashCode()"/>.</summary>
internal static class Hash
{
    public static ulong Of(string text)
    {
        var hash = 14695981039346656037UL;
        foreach (var letter in text)
        {
            hash = (hash ^ letter) * 1099511628211UL;
        }

        return hash;
    }

    /// <summary>The next of a well mixed sequence (splitmix64).</summary>
    public static ulong Next(ulong seed)
    {
        seed += 0x9E3779B97F4A7C15UL;
        seed = (seed ^ (seed >> 30)) * 0xBF58476D1CE4E5B9UL;
        seed = (seed ^ (seed >> 27)) * 0x94D049BB133111EBUL;
        return seed ^ (seed >> 31);
    }
}
