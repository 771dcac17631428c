using StackExchange.Redis;

namespace OrleansGateway;

/// <summary>Which exceptions mean that Redis did not do as asked, and which of them may pass by themselves.</summary>
internal static class RedisFaults
{
    public static bool IsFault(Exception exception) => exception is RedisException or TimeoutException or RedisCommandException or ObjectDisposedException;

    /// <summary>A lost connection or answer, a server that starts, or one that changes roles: worth another try within a second.</summary>
    public static bool MayPass(Exception fault) => fault switch
    {
        RedisServerException refused => refused.Kind
            is RedisErrorKind.Loading or RedisErrorKind.ReadOnly or RedisErrorKind.TryAgain or RedisErrorKind.ClusterDown
            or RedisErrorKind.MasterDown or RedisErrorKind.Moved or RedisErrorKind.Ask or RedisErrorKind.Busy,
        RedisConnectionException or TimeoutException => true,
        _ => false,
    };

    /// <summary>A user or password that the server does not take, or one that it wants.</summary>
    public static bool IsRefusedLogin(Exception? fault) => fault switch
    {
        null => false,
        RedisServerException { Kind: RedisErrorKind.NoAuth or RedisErrorKind.WrongPass } => true,
        RedisConnectionException { FailureType: ConnectionFailureType.AuthenticationFailure } => true,
        _ => IsRefusedLogin(fault.InnerException),
    };

    public static StoreUnavailableException Unavailable(string what, Exception fault) => new($"Redis {what}: {fault.Message}", fault);

    /// <summary>A part of a book is gone.</summary>
    public static StoreUnavailableException Torn(string tenantId, string where) =>
        new($"Redis has lost a part of the book of tenant '{tenantId}' ({where}). Restore it from a backup.") { IsLoss = true };
}
