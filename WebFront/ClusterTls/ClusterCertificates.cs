namespace OrleansGateway;

/// <summary>
/// The certificates as their files are now. They are read for each connection: there are few, and Kubernetes changes mounted files by moving a
/// link to their folder, which watchers of files do not see.
/// </summary>
internal sealed partial class ClusterCertificates(ClusterTlsOptions options, ILogger<ClusterCertificates> logger)
{
    private readonly Lock _reading = new();
    private ClusterIdentity? _current;
    private bool _inTrouble;

    /// <summary>The newest that could be read: files that are half written, or wrong, change nothing.</summary>
    public ClusterIdentity Current()
    {
        lock (_reading)
        {
            try
            {
                var read = ClusterIdentity.Read(options, _current);
                if (_current is not null && read != _current) LogRenewed(read.Certificate.TargetCertificate.NotAfter);
                _current = read;
                _inTrouble = false;
            }
            catch (Exception e) when (_current is not null && ClusterIdentity.IsFault(e))
            {
                if (!_inTrouble) LogKept(e.Message);
                _inTrouble = true;
            }

            return _current;
        }
    }

    [LoggerMessage(EventName = "cluster_tls_renewed", Level = LogLevel.Information,
        Message = "New connections to and from the cluster use the renewed certificate, good until {NotAfter:o}")]
    private partial void LogRenewed(DateTime notAfter);

    [LoggerMessage(EventName = "cluster_tls_kept", Level = LogLevel.Error,
        Message = "The changed files of Gateway:ClusterTls cannot be used, so the former certificate is: {Reason}")]
    private partial void LogKept(string reason);
}
