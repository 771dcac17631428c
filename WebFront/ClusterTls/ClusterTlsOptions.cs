using System.ComponentModel.DataAnnotations;

namespace OrleansGateway;

/// <summary>The section <c>Gateway:ClusterTls</c>: TLS on the cluster's ports, where both sides show a certificate. All three files or none.</summary>
internal sealed class ClusterTlsOptions : IValidatableObject
{
    /// <summary>PEM: this process's certificate, then those between it and the authority.</summary>
    public string? CertificateFile { get; init; }

    /// <summary>PEM: the certificate's private key, without a password.</summary>
    public string? KeyFile { get; init; }

    /// <summary>PEM: the authority, or several while one replaces another. Whoever has a certificate of theirs is let in, and no one else.</summary>
    public string? CaFile { get; init; }

    public bool IsOn => !string.IsNullOrEmpty(CertificateFile);

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        (string Name, string? File)[] files = [(nameof(CertificateFile), CertificateFile), (nameof(KeyFile), KeyFile), (nameof(CaFile), CaFile)];
        var missing = files.Where(file => string.IsNullOrEmpty(file.File)).Select(file => file.Name).ToList();
        if (missing.Count == files.Length) yield break;
        if (missing.Count > 0)
            yield return new("must be set too: TLS between silos and clients needs all three files", missing);
        else if (ClusterIdentity.WhyNot(this) is { } fault)
            yield return new(fault, files.Select(file => file.Name));
    }
}
