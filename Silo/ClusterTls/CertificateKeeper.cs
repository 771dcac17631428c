namespace OrleansGateway;

/// <summary>
/// Sees that the cluster has an authority and each role a good certificate. Doing it again changes nothing, and doing it twice at once is safe: who comes second finds what
/// the first has made.
/// </summary>
internal sealed partial class CertificateKeeper(SecretStore secrets, TimeProvider time, ILogger<CertificateKeeper> logger)
{
    /// <summary>Where the authority's key is kept. Nobody mounts it.</summary>
    public const string AuthoritySecret = "cluster-certificates-authority";

    // One loses to another run, or to a hand, once or twice.
    private const int MostTries = 5;

    public async Task KeepAsync(CancellationToken ct)
    {
        using var authority = await AuthorityAsync(ct);
        foreach (var role in new[] { CertificateRole.Silo, CertificateRole.WebFront }) await KeepAsync(authority, role, ct);
    }

    private async Task<ClusterAuthority> AuthorityAsync(CancellationToken ct)
    {
        for (var tries = 0; tries < MostTries; tries++)
        {
            if (await secrets.FindAsync(AuthoritySecret, ct) is not { } found)
            {
                if (await secrets.CreateAsync(AuthoritySecret, ClusterAuthority.Make(time.GetUtcNow()), ct)) LogAuthorityMade(AuthoritySecret);
                continue;
            }

            var authority = Read(found);
            if (authority.Renewal(time.GetUtcNow()) is not { } renewed) return authority;
            authority.Dispose();
            if (await secrets.ReplaceAsync(found, renewed, ct)) LogAuthorityRenewed(AuthoritySecret);
        }

        throw Contended(AuthoritySecret);
    }

    private async Task KeepAsync(ClusterAuthority authority, CertificateRole role, CancellationToken ct)
    {
        for (var tries = 0; tries < MostTries; tries++)
        {
            var found = await secrets.FindAsync(role.Secret, ct);
            if (found is { IsOurs: false })
            {
                LogForeign(role.Secret);
                return;
            }

            if (authority.Renewal(found?.Files, role, time.GetUtcNow()) is not { } renewal)
            {
                LogGood(role.Secret);
                return;
            }

            if (found is null ? await secrets.CreateAsync(role.Secret, renewal.Files, ct) : await secrets.ReplaceAsync(found, renewal.Files, ct))
            {
                LogWritten(role.Secret, renewal.Reason);
                return;
            }
        }

        throw Contended(role.Secret);
    }

    private static ClusterAuthority Read(SecretStore.Secret found)
    {
        try
        {
            return ClusterAuthority.Read(found.Files);
        }
        catch (Exception e) when (e is System.Security.Cryptography.CryptographicException or ArgumentException)
        {
            throw new InvalidDataException(
                $"The secret {AuthoritySecret} cannot be used, and is left as it is: {e.Message}. "
                + "Correct it, or delete it to have a new authority made (k8s/README.md).",
                e);
        }
    }

    private static InvalidDataException Contended(string secret) => new($"The secret {secret} was changed by someone else at each of {MostTries} tries; the next run tries again.");

    [LoggerMessage(EventName = "cluster_authority_made", Level = LogLevel.Information, Message = "Made the cluster's authority, secret {Secret}")]
    private partial void LogAuthorityMade(string secret);

    [LoggerMessage(EventName = "cluster_authority_renewed", Level = LogLevel.Information,
        Message = "Renewed the certificate of the cluster's authority, secret {Secret}; its key stays")]
    private partial void LogAuthorityRenewed(string secret);

    [LoggerMessage(EventName = "cluster_certificate_written", Level = LogLevel.Information, Message = "Wrote the secret {Secret}: {Reason}")]
    private partial void LogWritten(string secret, string reason);

    [LoggerMessage(EventName = "cluster_certificate_good", Level = LogLevel.Information, Message = "The secret {Secret} is good")]
    private partial void LogGood(string secret);

    [LoggerMessage(EventName = "cluster_certificate_foreign", Level = LogLevel.Warning,
        Message = "The secret {Secret} was made by someone else, who is to renew it; it is left alone")]
    private partial void LogForeign(string secret);
}
