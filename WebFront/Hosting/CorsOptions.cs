using System.ComponentModel.DataAnnotations;

namespace OrleansGateway;

/// <summary>Which web pages may call the data plane. None unless listed, and never with cookies.</summary>
internal sealed class CorsOptions : IValidatableObject
{
    /// <summary>Exact origins: <c>https://app.example.com</c>.</summary>
    public string[] Origins { get; init; } = [];

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (var origin in Origins)
            if (!IsExact(origin))
                yield return new($"'{origin}' must be one exact origin such as https://app.example.com, without a wildcard, path or slash at the end", [nameof(Origins)]);
    }

    private static bool IsExact(string origin) =>
        !origin.Contains('*', StringComparison.Ordinal)
        && Uri.TryCreate(origin, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
        && string.Equals(uri.GetLeftPart(UriPartial.Authority), origin, StringComparison.OrdinalIgnoreCase);
}
