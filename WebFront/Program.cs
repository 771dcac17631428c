return await OrleansGateway.WebFrontHost.RunAsync(args);
