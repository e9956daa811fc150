// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {ERC3009} from "@openzeppelin/contracts/token/ERC20/extensions/draft-ERC3009.sol";

/// @title MockUSDC
/// @notice Stands in for USDC on development chains: 6 decimals, permit, ERC-3009, minted by its deployer at will.
/// Never deploy it where money is real.
/// @dev EIP-712 domain {name: "Mock USDC", version: "1"}.
contract MockUSDC is ERC20, ERC20Permit, ERC3009 {
    /// @notice Only the deployer mints.
    error NotMinter(address caller);

    /// @notice The deployer.
    address public immutable MINTER;

    constructor() ERC20("Mock USDC", "mUSDC") ERC20Permit("Mock USDC") {
        MINTER = msg.sender;
    }

    /// @inheritdoc ERC20
    function decimals() public pure override returns (uint8) {
        return 6;
    }

    /// @notice Makes `amount` millionths of a dollar for `to`.
    function mint(address to, uint256 amount) external {
        if (msg.sender != MINTER) revert NotMinter(msg.sender);
        _mint(to, amount);
    }
}
