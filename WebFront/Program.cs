return OrleansGateway.WebFrontHost.Run(args);
