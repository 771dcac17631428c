namespace OrleansGateway;

/// <summary>The header by which a caller says what a request is for; the model <c>auto</c> goes by it.</summary>
internal static class TaskHint
{
    public const string Name = "x-gateway-task";

    private const int MaxLength = 64;

    /// <summary>The hint, or null when there is none; false when it is no word.</summary>
    public static bool TryRead(HttpRequest request, out string? task)
    {
        task = request.Headers[Name] switch
        {
            { Count: 0 } => null,
            { Count: 1 } one => one.ToString(),
            _ => "",
        };
        return task is null || (task.Length is > 0 and <= MaxLength && task.All(c => c is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '-' or '_'));
    }
}
