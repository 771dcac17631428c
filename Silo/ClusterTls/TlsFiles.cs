namespace OrleansGateway;

/// <summary>A certificate, its key, and the authorities that its holder believes: the three entries of a secret as cert-manager writes it, in PEM.</summary>
internal sealed record TlsFiles(string Certificate, string Key, string Authorities);
