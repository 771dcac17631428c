namespace OrleansGateway;

/// <summary><c>GET /v1/quota</c>: the caller's own limits and budgets; <c>?user=</c> adds those of one of its end users.</summary>
internal sealed class QuotaEndpoint(TimeProvider time)
{
    private static readonly GatewayError TooLong = GatewayError.InvalidValue("user", $"user must be the name of an end user, of at most {EndUserName.MaxLength} characters.");

    public async Task ServeAsync(Exchange exchange)
    {
        string? user = exchange.Http.Request.Query["user"];
        if (user?.Length > EndUserName.MaxLength)
        {
            await exchange.RefuseAsync(TooLong, time);
            return;
        }

        var asked = (Tenant: exchange.Caller.Tenant, exchange.Caller.KeyId, User: string.IsNullOrEmpty(user) ? null : user);
        var report = await GrainCall.RepeatAsync(asked, static asked => asked.Tenant.Quota(asked.KeyId, asked.User), time);
        await JsonAnswer.WriteAsync(exchange.Response, report, QuotaJson.Write);
    }
}
