namespace OrleansGateway;

/// <summary>Another process has the data directory; two writers would not know of each other's money.</summary>
public sealed class DataDirectoryInUseException : Exception
{
    public DataDirectoryInUseException() { }

    public DataDirectoryInUseException(string message) : base(message) { }

    public DataDirectoryInUseException(string message, Exception? innerException) : base(message, innerException) { }

    internal static DataDirectoryInUseException For(string directory, string holder, Exception? cause) => new(
        $"The data directory '{directory}' is in use by {holder}. Stop that process, or give this one a data directory of its own " +
        "(Gateway:DataDirectory).", cause);
}
