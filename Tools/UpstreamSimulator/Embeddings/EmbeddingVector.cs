namespace OrleansGateway.Simulator;

/// <summary>A unit vector that depends on its seed alone.</summary>
internal static class EmbeddingVector
{
    public static float[] For(ulong seed, int dimensions)
    {
        var vector = new float[dimensions];
        var squares = 0d;
        for (var i = 0; i < dimensions; i++)
        {
            seed = Hash.Next(seed);
            vector[i] = (seed >> 40) / (float)(1 << 23) - 1f;
            squares += (double)vector[i] * vector[i];
        }

        var length = (float)Math.Sqrt(squares);
        for (var i = 0; i < dimensions; i++)
        {
            vector[i] /= length;
        }

        return vector;
    }
}
